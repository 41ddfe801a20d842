#include "documents/collection_schema.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "documents/search_index.h"
#include "documents/where_compiler.h"

namespace fsdb {
namespace {

// What the table _fsdb_collections holds of an option.
struct Row {
  std::string kind;
  std::string path;
  std::string detail;
  friend auto operator<=>(const Row&, const Row&) = default;
};

std::vector<Row> rowsOf(const CollectionOptions& options) {
  std::vector<Row> rows;
  for (const auto& path : options.indexes) rows.push_back({"index", path, ""});
  for (const auto& path : options.unique) {
    rows.push_back({"unique", path, options.fromFiles ? "files" : ""});
  }
  if (!options.references.empty()) rows.push_back({"references", options.references, ""});
  if (!options.tags.empty()) rows.push_back({"tags", options.tags, ""});
  if (const auto& keep = options.keep) {
    const auto number = [](const std::optional<int64_t>& limit) {
      return limit ? std::to_string(*limit) : std::string();
    };
    if (keep->newest) rows.push_back({"keep-newest", keep->per, number(keep->newest)});
    if (keep->olderThanMs) rows.push_back({"keep-age", "", number(keep->olderThanMs)});
  }
  if (const auto& search = options.search) {
    const std::string detail =
        std::string(search->trigram ? "trigram" : "unicode61") + (search->later ? " later" : "");
    for (const auto& path : search->paths) rows.push_back({"search", path, detail});
    if (search->paths.empty()) rows.push_back({"search", "", detail});
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

int64_t numberOf(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void addRow(CollectionOptions& options, Row row) {
  if (row.kind == "index") options.indexes.push_back(std::move(row.path));
  if (row.kind == "unique") {
    options.unique.push_back(std::move(row.path));
    options.fromFiles = row.detail == "files";
  }
  if (row.kind == "references") options.references = std::move(row.path);
  if (row.kind == "tags") options.tags = std::move(row.path);
  if (row.kind == "search") {
    if (!options.search) options.search.emplace();
    options.search->trigram = row.detail.starts_with("trigram");
    options.search->later = row.detail.ends_with("later");
    if (!row.path.empty()) options.search->paths.push_back(std::move(row.path));
  }
  if (row.kind == "keep-newest") {
    if (!options.keep) options.keep.emplace();
    options.keep->newest = numberOf(row.detail);
    options.keep->per = std::move(row.path);
  }
  if (row.kind == "keep-age") {
    if (!options.keep) options.keep.emplace();
    options.keep->olderThanMs = numberOf(row.detail);
  }
}

// What becomes part of SQL text, which ends at a NUL.
Result<void> checkText(const std::string& type, const CollectionOptions& options) {
  std::vector<std::string> texts{type};
  for (const Row& row : rowsOf(options)) texts.push_back(row.path);
  for (const auto& text : texts) {
    if (text.find('\0') == std::string::npos) continue;
    Error error;
    error.code = ErrorCode::kParse;
    error.message = "collections: a type or a path has a NUL character in it";
    return error;
  }
  return {};
}

std::string columnsOf(const std::vector<std::string>& columns) {
  std::string joined = "type";
  for (const auto& column : columns) joined += ", " + column;
  return joined;
}

// The type comes first, although it is the same in every entry: the planner then sees that this
// index is never worse than the one by type and name, and takes it for ranges and orders, too.
SchemaObject indexOf(const std::string& name, const std::string& type,
                     const std::vector<std::string>& columns, bool unique) {
  SchemaObject index;
  index.name = name;
  index.create = std::string("CREATE ") + (unique ? "UNIQUE " : "") + "INDEX " + quoteName(name) +
                 " ON documents (" + columnsOf(columns) + ") WHERE type = " + quoteText(type);
  return index;
}

Result<void> addIndexes(std::vector<SchemaObject>& objects, const std::string& type,
                        const CollectionOptions& options) {
  for (const auto& path : options.indexes) {
    auto target = resolveTarget(path, "indexes " + path);
    if (!target) return std::move(target).error();
    objects.push_back(indexOf(objectName("index", type, path), type, {target->sql}, false));
  }
  for (const auto& path : options.unique) {
    auto target = resolveTarget(path, "unique " + path);
    if (!target) return std::move(target).error();
    const std::string name = objectName("unique", type, path);
    objects.push_back(indexOf(name, type, {target->sql}, !options.fromFiles));
  }
  return {};
}

Result<void> addKeep(std::vector<SchemaObject>& objects, const std::string& type,
                     const KeepOptions& keep) {
  if (keep.olderThanMs) {
    objects.push_back(indexOf(objectName("keep", type, "createdAt"), type, {"created_at"}, false));
  }
  if (!keep.newest) return {};
  auto group = keepGroup(keep.per, "document");
  if (!group) return std::move(group).error();
  std::vector<std::string> columns{"seq"};
  if (!keep.per.empty()) columns.insert(columns.begin(), *group);
  objects.push_back(indexOf(objectName("keep", type, keep.per), type, columns, false));
  return addKeepTriggers(objects, type, keep.per);
}

// What is there for `type`: names and how they were made.
Result<std::map<std::string, std::pair<std::string, std::string>>> existingObjects(
    Connection& connection, const std::string& type) {
  auto statement = connection.prepare(
      "SELECT name, sql, type FROM sqlite_schema WHERE name GLOB '_fsdb_*(*)' AND sql IS NOT NULL");
  if (!statement) return std::move(statement).error();
  std::map<std::string, std::pair<std::string, std::string>> objects;
  const std::string quoted = "(" + quoteText(type);
  for (;;) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) return objects;
    const std::string_view name = statement->text(0);
    const std::string_view rest = name.substr(name.find('('));
    // Text in quotes ends where it ends: 'a' is never the beginning of 'a''b'.
    if (!rest.starts_with(quoted) || rest.substr(quoted.size()).starts_with('\'')) continue;
    std::string drop = "DROP " + std::string(statement->text(2)) + " " + quoteName(name);
    objects.emplace(name, std::pair(std::string(statement->text(1)), std::move(drop)));
  }
}

// Which documents make a unique index impossible, if that is why it was.
Error explainDuplicate(Connection& connection, const std::string& type,
                       const CollectionOptions& options, Error error) {
  if (error.code != ErrorCode::kConstraint) return error;
  for (const auto& path : options.unique) {
    const auto target = resolveTarget(path, path);
    auto statement = connection.prepare(
        "SELECT " + target->sql + ", min(id), max(id) FROM documents WHERE type = ?1 AND " +
        target->sql + " IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 1");
    if (!statement || !statement->bind(1, std::string_view(type))) continue;
    const auto row = statement->step();
    if (!row || !*row) continue;
    error.message = "unique " + path + ": the documents \"" + std::string(statement->text(1)) +
                    "\" and \"" + std::string(statement->text(2)) + "\" of type \"" + type +
                    "\" both have " + std::string(statement->text(0));
    return error;
  }
  return error;
}

Result<void> storeRows(Connection& connection, const std::string& type,
                       const CollectionOptions& options) {
  auto clear = connection.prepare("DELETE FROM _fsdb_collections WHERE type = ?1");
  if (!clear) return std::move(clear).error();
  FSDB_TRY(clear->bind(1, std::string_view(type)));
  FSDB_TRY(clear->run());
  auto add = connection.prepare(
      "INSERT INTO _fsdb_collections (type, kind, path, detail) VALUES (?1, ?2, ?3, ?4)");
  if (!add) return std::move(add).error();
  FSDB_TRY(add->bind(1, std::string_view(type)));
  for (const Row& row : rowsOf(options)) {
    FSDB_TRY(add->bind(2, std::string_view(row.kind)));
    FSDB_TRY(add->bind(3, std::string_view(row.path)));
    FSDB_TRY(add->bind(4, std::string_view(row.detail)));
    FSDB_TRY(add->run());
  }
  return {};
}

}  // namespace

// _fsdb_references: who refers to what; `position` is that in the array, `context` JSON.
// _fsdb_tags: the elements that are text, and, as `whole`, text that stands in the array's place.
// _fsdb_keep: how many documents there are of each group that `keep` limits.
const char* const kCollectionSchema =
    "CREATE TABLE _fsdb_collections (type TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, "
    "detail TEXT NOT NULL, PRIMARY KEY (type, kind, path)) WITHOUT ROWID;"
    "CREATE TABLE _fsdb_references (type TEXT NOT NULL, seq INTEGER NOT NULL, "
    "position INTEGER NOT NULL, target_type TEXT NOT NULL, target_id TEXT NOT NULL, context TEXT, "
    "PRIMARY KEY (type, seq, position)) WITHOUT ROWID;"
    "CREATE INDEX _fsdb_references_target ON _fsdb_references (target_id, target_type);"
    "CREATE TABLE _fsdb_tags (type TEXT NOT NULL, whole INTEGER NOT NULL, tag TEXT NOT NULL, "
    "seq INTEGER NOT NULL, PRIMARY KEY (type, whole, tag, seq)) WITHOUT ROWID;"
    "CREATE TABLE _fsdb_keep (type TEXT NOT NULL, value NOT NULL, count INTEGER NOT NULL, "
    "PRIMARY KEY (type, value)) WITHOUT ROWID;";

Result<std::vector<SchemaObject>> schemaOf(const std::string& type,
                                           const CollectionOptions& options) {
  std::vector<SchemaObject> objects;
  FSDB_TRY(checkText(type, options));
  FSDB_TRY(addIndexes(objects, type, options));
  if (!options.references.empty()) FSDB_TRY(addReferences(objects, type, options.references));
  if (!options.tags.empty()) FSDB_TRY(addTags(objects, type, options.tags));
  if (options.search) FSDB_TRY(addSearch(objects, type, *options.search));
  if (options.keep) FSDB_TRY(addKeep(objects, type, *options.keep));
  return objects;
}

Result<void> declareCollection(Connection& connection, const std::string& type,
                               const CollectionOptions& options) {
  auto wanted = schemaOf(type, options);
  if (!wanted) return std::move(wanted).error();
  auto existing = existingObjects(connection, type);
  if (!existing) return std::move(existing).error();
  // What stays is left alone; what has the same name and is made otherwise is made anew.
  std::erase_if(*wanted, [&](const SchemaObject& object) {
    const auto found = existing->find(object.name);
    const bool stays = found != existing->end() && found->second.first == object.create;
    if (stays) existing->erase(found);
    return stays;
  });
  for (const auto& [name, object] : *existing) {
    FSDB_TRY(connection.exec(object.second));
    FSDB_TRY(connection.exec(cleanUp(name, type)));
  }
  for (const auto& object : *wanted) {
    for (const auto* sql : {&object.create, &object.fill}) {
      if (sql->empty()) continue;
      auto done = connection.exec(*sql);
      if (!done) return explainDuplicate(connection, type, options, std::move(done).error());
    }
  }
  return storeRows(connection, type, options);
}

Result<CollectionCatalog> CollectionCatalog::create(Connection& connection) {
  auto statement = connection.prepare(
      "SELECT kind, path, detail FROM _fsdb_collections WHERE type = ?1 ORDER BY kind, path");
  if (!statement) return std::move(statement).error();
  return CollectionCatalog(std::move(statement).value());
}

Result<CollectionOptions> CollectionCatalog::options(std::string_view type) {
  FSDB_TRY(statement_.bind(1, type));
  CollectionOptions options;
  for (;;) {
    auto row = statement_.step();
    if (!row) return std::move(row).error();
    if (!*row) return options;
    addRow(options, {std::string(statement_.text(0)), std::string(statement_.text(1)),
                     std::string(statement_.text(2))});
  }
}

}  // namespace fsdb
