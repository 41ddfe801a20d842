#include "documents/side_tables.h"

#include <utility>

#include "documents/where_compiler.h"
#include "sqlite/connection.h"

namespace fsdb {
namespace {

SchemaObject trigger(const Upkeep& upkeep, const std::string& event, const std::string& when,
                     const std::string& body) {
  const std::string verb = event == "INSERT" ? "insert" : event == "DELETE" ? "delete" : "update";
  SchemaObject object;
  object.name = objectName(upkeep.kind + "_" + verb, upkeep.type, upkeep.path);
  object.create = "CREATE TRIGGER " + quoteName(object.name) + " AFTER " + event +
                  " ON documents WHEN " + when + " BEGIN " + body + " END";
  return object;
}

struct Steps {
  std::string changed;
  std::string add;
  std::string remove;
};

Upkeep upkeepOf(const char* kind, const std::string& type, const std::string& path,
                const Steps& steps) {
  Upkeep upkeep;
  upkeep.kind = kind;
  upkeep.type = type;
  upkeep.path = path;
  upkeep.changed = steps.changed;
  upkeep.add = steps.add;
  upkeep.remove = steps.remove;
  return upkeep;
}

std::string changedAt(const std::string& path) {
  return "old.document -> " + path + " IS NOT new.document -> " + path;
}

// The statement that adds what is in one document, as one that adds what is in all.
std::string forAll(std::string add) {
  const std::string_view each = "FROM json_each(";
  return add.replace(add.find(each), each.size(), "FROM documents AS new, json_each(");
}

}  // namespace

void addTriggers(std::vector<SchemaObject>& objects, const Upkeep& upkeep,
                 const std::string& fill) {
  const std::string type = quoteText(upkeep.type);
  const std::string before = "old.type = " + type;
  const std::string after = "new.type = " + type;
  objects.push_back(trigger(upkeep, "INSERT", after, upkeep.add));
  objects.back().fill = fill;
  objects.push_back(trigger(upkeep, "DELETE", before, upkeep.remove));
  objects.push_back(trigger(
      upkeep, "UPDATE OF type, document",
      "(" + before + " OR " + after + ") AND (old.type <> new.type OR " + upkeep.changed + ")",
      upkeep.remove + " " + upkeep.add));
}

Result<std::string> documentPath(const char* option, const std::string& path) {
  auto target = resolveTarget(path, std::string(option) + " " + path);
  if (!target) return std::move(target).error();
  if (target->kind == QueryTarget::Kind::kJson) return target->path;
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::string(option) + " " + path + ": is a column; write $." + path +
                  " for what stands there in the document";
  return error;
}

std::string objectName(std::string_view kind, std::string_view type, std::string_view path) {
  std::string name = "_fsdb_" + std::string(kind) + "(" + quoteText(type);
  if (!path.empty()) name += ", " + quoteText(path);
  return name + ")";
}

Result<void> addReferences(std::vector<SchemaObject>& objects, const std::string& type,
                           const std::string& path) {
  auto at = documentPath("references", path);
  if (!at) return std::move(at).error();
  const std::string quoted = quoteText(type);
  // An element is { id, type, context }, without a type of this one's; or the id alone.
  const std::string add =
      "INSERT INTO _fsdb_references (type, seq, position, target_type, target_id, context) "
      "SELECT " +
      quoted +
      ", new.seq, each.key, "
      "coalesce(CASE each.type WHEN 'object' THEN json_extract(each.value, '$.type') END, "
      "new.type), "
      "CASE each.type WHEN 'object' THEN json_extract(each.value, '$.id') ELSE each.atom END, "
      "CASE each.type WHEN 'object' THEN each.value -> '$.context' END "
      "FROM json_each(new.document, " +
      *at + ") AS each WHERE new.type = " + quoted + " AND json_type(new.document, " + *at +
      ") = 'array' AND CASE each.type WHEN 'object' THEN json_type(each.value, '$.id') = 'text' "
      "AND coalesce(json_type(each.value, '$.type'), 'null') IN ('text', 'null') "
      "ELSE each.type = 'text' END;";
  const std::string remove =
      "DELETE FROM _fsdb_references WHERE type = " + quoted + " AND seq = old.seq;";
  addTriggers(objects, upkeepOf("references", type, path, {changedAt(*at), add, remove}),
              forAll(add));
  return {};
}

Result<void> addTags(std::vector<SchemaObject>& objects, const std::string& type,
                     const std::string& path) {
  auto at = documentPath("tags", path);
  if (!at) return std::move(at).error();
  const std::string quoted = quoteText(type);
  const std::string add = "INSERT OR IGNORE INTO _fsdb_tags (type, whole, tag, seq) SELECT " +
                          quoted + ", json_type(new.document, " + *at +
                          ") = 'text', each.atom, new.seq FROM json_each(new.document, " + *at +
                          ") AS each WHERE new.type = " + quoted + " AND json_type(new.document, " +
                          *at + ") IN ('array', 'text') AND each.type = 'text';";
  const std::string remove = "DELETE FROM _fsdb_tags WHERE type = " + quoted +
                             " AND whole IN (0, 1) AND seq = old.seq AND tag IN "
                             "(SELECT atom FROM json_each(old.document, " +
                             *at + ") WHERE type = 'text');";
  addTriggers(objects, upkeepOf("tags", type, path, {changedAt(*at), add, remove}), forAll(add));
  return {};
}

Result<std::string> keepGroup(const std::string& per, std::string_view document) {
  if (per.empty()) return std::string("''");
  auto at = documentPath("keep.per", per);
  if (!at) return at;
  return "coalesce(json_extract(" + std::string(document) + ", " + *at + "), '')";
}

Result<void> addKeepTriggers(std::vector<SchemaObject>& objects, const std::string& type,
                             const std::string& per) {
  const auto before = keepGroup(per, "old.document");
  if (!before) return before.error();
  const std::string after = *keepGroup(per, "new.document");
  const std::string quoted = quoteText(type);
  const std::string add = "INSERT INTO _fsdb_keep (type, value, count) SELECT " + quoted + ", " +
                          after + ", 1 WHERE new.type = " + quoted +
                          " ON CONFLICT DO UPDATE SET count = count + 1;";
  const std::string its = " WHERE type = " + quoted + " AND value = " + *before;
  const std::string remove = "UPDATE _fsdb_keep SET count = count - 1" + its +
                             " AND old.type = " + quoted + "; DELETE FROM _fsdb_keep" + its +
                             " AND count <= 0;";
  const std::string fill = "INSERT INTO _fsdb_keep (type, value, count) SELECT " + quoted + ", " +
                           *keepGroup(per, "document") +
                           ", count(*) FROM documents WHERE type = " + quoted + " GROUP BY 2;";
  addTriggers(objects, upkeepOf("keep", type, per, {*before + " IS NOT " + after, add, remove}),
              fill);
  return {};
}

std::string cleanUp(std::string_view name, const std::string& type) {
  for (const char* kind : {"references", "tags", "keep"}) {
    const std::string table = std::string("_fsdb_") + kind;
    if (name.starts_with(table + "_insert(")) {
      return "DELETE FROM " + table + " WHERE type = " + quoteText(type);
    }
  }
  if (name.starts_with("_fsdb_search(")) {
    return "DELETE FROM _fsdb_fill WHERE type = " + quoteText(type);
  }
  return {};
}

}  // namespace fsdb
