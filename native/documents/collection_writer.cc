#include "documents/collection_writer.h"

#include <utility>

#include "parse/document_parser.h"
#include "parse/json_members.h"
#include "parse/json_merge.h"
#include "parse/json_path.h"

namespace fsdb {
namespace {

using Kind = DocumentWrite::Kind;

// Does what stands at ?3 in ?1 come behind what stands there in ?2? Numbers and text have no order
// between them.
constexpr char kNewer[] =
    "SELECT coalesce(json_type(?2, ?3), 'null') = 'null' OR "
    "(json_type(?1, ?3) = 'text') = (json_type(?2, ?3) = 'text') AND "
    "json_extract(?1, ?3) > json_extract(?2, ?3)";

const char* nameOf(Kind kind) {
  switch (kind) {
    case Kind::kInsert:
      return "insert";
    case Kind::kPut:
      return "put";
    case Kind::kPatch:
      return "patch";
    case Kind::kDelete:
      return "delete";
  }
  return "write";
}

Error refusal(const DocumentWrite& write, ErrorCode code, const std::string& why) {
  Error error;
  error.code = code;
  error.message =
      std::string(nameOf(write.kind)) + " " + write.type + " \"" + write.id + "\": " + why;
  return error;
}

// What a document calls itself.
std::optional<std::string> ownName(std::string_view json) {
  static const JsonPath* const paths[] = {new JsonPath(*JsonPath::parse("name")),
                                          new JsonPath(*JsonPath::parse("title"))};
  for (const JsonPath* path : paths) {
    auto name = findText(json, *path);
    if (name && !name->empty()) return name;
  }
  return std::nullopt;
}

std::string nameFor(const DocumentWrite& write, const CollectionWriter::Plan& plan) {
  if (write.name) return *write.name;
  auto own = ownName(plan.json);
  if (plan.current && own == ownName(plan.current->document)) return plan.current->name;
  return own.value_or(write.id);
}

std::optional<Error> checkLimits(const DocumentWrite& write, const std::string& json) {
  if (json.size() > kMaxDocumentBytes) {
    return refusal(write, ErrorCode::kLimit,
                   "the document is longer than " + std::to_string(kMaxDocumentBytes) + " bytes");
  }
  if (depthOfJson(json) > static_cast<size_t>(kMaxDepth)) {
    return refusal(write, ErrorCode::kLimit,
                   "the document is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<CollectionWriter>> CollectionWriter::create(Connection& connection) {
  auto table = DocumentTable::create(connection);
  if (!table) return std::move(table).error();
  auto feed = ChangeFeed::create(connection);
  if (!feed) return std::move(feed).error();
  auto rules = CollectionRules::create(connection);
  if (!rules) return std::move(rules).error();
  auto newer = connection.prepare(kNewer);
  if (!newer) return std::move(newer).error();
  return std::unique_ptr<CollectionWriter>(
      new CollectionWriter(connection, std::move(table).value(), std::move(feed).value(),
                           std::move(rules).value(), std::move(newer).value()));
}

CollectionWriter::CollectionWriter(Connection& connection, DocumentTable table, ChangeFeed feed,
                                   CollectionRules rules, Statement newer)
    : reader_(connection),
      table_(std::move(table)),
      feed_(std::move(feed)),
      rules_(std::move(rules)),
      newer_(std::move(newer)) {}

Result<CollectionWriter::Plan> CollectionWriter::plan(const DocumentWrite& write) {
  Plan plan;
  auto current = reader_.get(write.type, write.id);
  if (!current) return std::move(current).error();
  plan.current = std::move(current).value();
  const bool changes = write.kind == Kind::kPatch || write.kind == Kind::kDelete;
  const bool guarded = write.guard.ifVersion.value_or(0) != 0;
  plan.nothingToDo = changes && !plan.current && !guarded;
  if (plan.nothingToDo) return plan;

  // A document that is too deep must not be merged, which recurses.
  auto refused = checkLimits(write, write.json);
  if (!refused && write.kind == Kind::kPatch && plan.current) {
    plan.json = mergeJson(plan.current->document, write.json);
    refused = checkLimits(write, plan.json);
  } else {
    plan.json = write.json;
  }
  if (!refused) {
    auto failed = checkGuard(write, plan);
    if (!failed) return std::move(failed).error();
    refused = std::move(failed).value();
  }
  if (refused) plan.refused = WriteRefusal{std::move(*refused), plan.current};
  if (refused || write.kind == Kind::kDelete) return plan;
  plan.name = nameFor(write, plan);
  auto options = rules_.options(write.type);
  if (!options) return std::move(options).error();
  plan.options = std::move(options).value();
  auto collides = checkUnique(write, plan);
  if (!collides) return std::move(collides).error();
  plan.refused = std::move(collides).value();
  return plan;
}

Result<std::optional<WriteRefusal>> CollectionWriter::checkUnique(const DocumentWrite& write,
                                                                  const Plan& plan) {
  auto collision = rules_.findCollision({write.type, write.id, plan.name, plan.json}, plan.options);
  if (!collision) return std::move(collision).error();
  if (!*collision) return std::optional<WriteRefusal>();
  auto other = reader_.get(write.type, (*collision)->id);
  if (!other) return std::move(other).error();
  const std::string why =
      "\"" + (*collision)->id + "\" has the same " + (*collision)->path + ", which is unique";
  return std::optional<WriteRefusal>(
      WriteRefusal{refusal(write, ErrorCode::kConstraint, why), std::move(other).value()});
}

Result<std::optional<Error>> CollectionWriter::checkGuard(const DocumentWrite& write,
                                                          const Plan& plan) {
  const auto& current = plan.current;
  const auto conflict = [&](const std::string& why) {
    return std::optional<Error>(refusal(write, ErrorCode::kConflict, why));
  };
  if (write.kind == Kind::kInsert && current) return conflict("the id is taken");
  if (const auto wanted = write.guard.ifVersion) {
    const int64_t version = current ? current->version : 0;
    if (version != *wanted) {
      return conflict(current ? "it has version " + std::to_string(version) + ", not " +
                                    std::to_string(*wanted)
                              : "there is no such document");
    }
  }
  if (write.guard.onlyIfNewer && current) {
    const auto path = JsonPath::parse(*write.guard.onlyIfNewer);
    const auto sqlite = path ? path->toSqlite() : std::nullopt;
    if (!sqlite) {
      return std::optional<Error>(refusal(
          write, ErrorCode::kParse,
          "onlyIfNewer: " + (path ? "a key with a double quote in it" : path.error().message)));
    }
    auto newer = isNewer(*sqlite, plan.json, current->document);
    if (!newer) return std::move(newer).error();
    if (!*newer) return conflict("what stands at " + *write.guard.onlyIfNewer + " is not newer");
  }
  return std::optional<Error>();
}

Result<bool> CollectionWriter::isNewer(const std::string& path, const std::string& json,
                                       const std::string& stored) {
  FSDB_TRY(newer_.bindStatic(1, json));
  FSDB_TRY(newer_.bindStatic(2, stored));
  FSDB_TRY(newer_.bindStatic(3, path));
  auto row = newer_.step();
  if (!row) return std::move(row).error();
  const bool newer = *row && newer_.integer(0) != 0;
  newer_.reset();
  newer_.clearBindings();
  return newer;
}

Result<WriteOutcome> CollectionWriter::write(const DocumentWrite& write, WallTime now) {
  auto planned = plan(write);
  if (!planned) return std::move(planned).error();
  WriteOutcome outcome;
  if (planned->nothingToDo) return outcome;
  const auto& current = planned->current;
  if (!planned->refused && current && current->filePath) {
    planned->refused = WriteRefusal{
        refusal(write, ErrorCode::kConflict,
                "it belongs to the file " + *current->filePath +
                    ": write it through a database that has this file's folder as a source"),
        current};
  }
  if (planned->refused) {
    outcome.refused = std::move(planned->refused);
    return outcome;
  }
  const std::string iso = toIso(now);
  if (write.kind == Kind::kDelete) return remove(write, *std::move(planned->current), iso);
  auto stored = store(write, *planned, iso);
  if (!stored) return stored;
  FSDB_TRY(dropSurplus(write, *planned, now));
  return stored;
}

Result<WriteOutcome> CollectionWriter::remove(const DocumentWrite& write, StoredDocument current,
                                              std::string_view now) {
  auto version = table_.remove(write.type, write.id, {});
  if (!version) return std::move(version).error();
  FSDB_TRY(record(ChangeOp::kDelete, write.type, write.id, current.version, now));
  WriteOutcome outcome;
  outcome.stored = std::move(current);
  return outcome;
}

Result<WriteOutcome> CollectionWriter::store(const DocumentWrite& write, const Plan& plan,
                                             std::string_view now) {
  const DocumentFields fields{write.type, write.id, plan.name, plan.json, {}, {}};
  if (!plan.current) {
    auto inserted = table_.insert(fields, now);
    if (!inserted) return std::move(inserted).error();
    FSDB_TRY(record(ChangeOp::kInsert, write.type, write.id, 1, now));
  } else {
    auto version = table_.update(fields, now);
    if (!version) return std::move(version).error();
    if (*version) FSDB_TRY(record(ChangeOp::kUpdate, write.type, write.id, **version, now));
  }
  auto stored = reader_.get(write.type, write.id);
  if (!stored) return std::move(stored).error();
  WriteOutcome outcome;
  outcome.stored = std::move(stored).value();
  return outcome;
}

Result<void> CollectionWriter::dropSurplus(const DocumentWrite& write, const Plan& plan,
                                           WallTime now) {
  if (!plan.options.keep) return {};
  auto surplus =
      rules_.findSurplus({write.type, write.id, plan.name, plan.json}, *plan.options.keep, now);
  if (!surplus) return std::move(surplus).error();
  for (const auto& document : *surplus) {
    FSDB_TRY(table_.drop(document.seq));
    FSDB_TRY(record(ChangeOp::kDelete, write.type, document.id, document.version, toIso(now)));
  }
  return {};
}

Result<void> CollectionWriter::record(ChangeOp op, const std::string& type, const std::string& id,
                                      int64_t version, std::string_view now) {
  FSDB_TRY(feed_.add({op, type, id, version, "app", now}));
  return feed_.prune();
}

}  // namespace fsdb
