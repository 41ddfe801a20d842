#include "documents/document_reader.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

#include "documents/collection_schema.h"
#include "documents/query_compiler.h"
#include "sqlite/statement.h"

namespace fsdb {
namespace {

// How many statements of queries are kept: an application asks few kinds of questions, and each
// kind is one statement.
constexpr size_t kMaxStatements = 32;

// Programs that make up types must not fill the memory with what is declared of them.
constexpr size_t kMaxTypes = 1000;

constexpr char kReferences[] =
    "SELECT r.target_type, r.target_id, t.name, r.context, t.seq IS NULL FROM documents AS d "
    "JOIN _fsdb_references AS r ON r.type = d.type AND r.seq = d.seq "
    "LEFT JOIN documents AS t ON t.type = r.target_type AND t.id = r.target_id "
    "WHERE d.type = ?1 AND d.id = ?2 ORDER BY r.position";

constexpr char kBacklinks[] =
    "SELECT d.type, d.id, d.name, r.context, "
    "NOT EXISTS (SELECT 1 FROM documents WHERE type = ?1 AND id = ?2) "
    "FROM _fsdb_references AS r JOIN documents AS d ON d.seq = r.seq AND d.type = r.type "
    "WHERE r.target_id = ?2 AND r.target_type = ?1 ORDER BY r.seq, r.position";

constexpr char kTags[] =
    "SELECT tag, count(*) FROM _fsdb_tags WHERE type = ?1 AND whole = 0 GROUP BY tag "
    "ORDER BY 2 DESC, tag";

Error notDeclared(std::string_view type, const char* option) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::string(option) + ": the collection \"" + std::string(type) +
                  "\" is not declared with the option " + option;
  return error;
}

// The name of the index that a step of a plan uses; empty: none.
std::string_view indexOf(std::string_view step) {
  for (const std::string_view mark : {"USING INDEX ", "USING COVERING INDEX "}) {
    const size_t at = step.find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view name = step.substr(at + mark.size());
    // Behind the name stands what is searched for: " (type=?)".
    return name.ends_with(')') && name.rfind(" (") != std::string_view::npos
               ? name.substr(0, name.rfind(" ("))
               : name;
  }
  return {};
}

// A step that looks at all documents of a type.
bool takesWholeType(std::string_view step) {
  return step.starts_with("SEARCH documents") && step.ends_with(" (type=?)");
}

bool narrows(std::string_view step) {
  return step.starts_with("SEARCH documents") && !takesWholeType(step);
}

std::optional<std::string> optionalText(const Statement& statement, int column) {
  if (statement.isNull(column)) return std::nullopt;
  return std::string(statement.text(column));
}

// The columns are kDocumentColumns.
StoredDocument readDocument(const Statement& statement) {
  StoredDocument document;
  document.type = statement.text(0);
  document.id = statement.text(1);
  document.name = statement.text(2);
  document.document = statement.text(3);
  document.version = statement.integer(4);
  document.seq = statement.integer(5);
  document.filePath = optionalText(statement, 6);
  document.fileModified = optionalText(statement, 7);
  document.createdAt = statement.text(8);
  document.updatedAt = statement.text(9);
  return document;
}

Result<void> bindAll(Statement& statement, const std::vector<Value>& values) {
  for (size_t i = 0; i < values.size(); i++) {
    FSDB_TRY(statement.bind(static_cast<int>(i) + 1, values[i]));
  }
  return {};
}

Result<int64_t> readNumber(Statement& statement) {
  auto row = statement.step();
  if (!row) return std::move(row).error();
  const int64_t number = *row ? statement.integer(0) : 0;
  statement.reset();
  return number;
}

std::string nextToken(const CompiledQuery& compiled, const Statement& lastRow) {
  PageToken token;
  token.order = compiled.order;
  for (size_t i = 0; i < compiled.keyCount; i++) {
    token.keys.push_back(lastRow.value(kDocumentColumnCount + static_cast<int>(i)));
  }
  return encodePageToken(token);
}

Result<void> readRows(Statement& statement, const CompiledQuery& compiled, DocumentPage& page) {
  const auto wanted = static_cast<size_t>(compiled.pageSize);
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    if (page.rows.size() == wanted) break;
    page.rows.push_back(readDocument(statement));
    if (page.rows.size() == wanted && !compiled.page) page.next = nextToken(compiled, statement);
  }
  page.hasMore = true;
  statement.reset();
  return {};
}

}  // namespace

// The statements, the one that was used last first.
struct DocumentReader::Statements {
  struct Kept {
    std::string sql;
    Statement statement;
  };
  std::list<Kept> kept;
  Statement get;

  // Returns `sql` prepared, with the values of the last time. The pointer is valid until the next
  // call.
  Result<Statement*> take(Connection& connection, std::string_view sql) {
    for (auto at = kept.begin(); at != kept.end(); ++at) {
      if (at->sql != sql) continue;
      kept.splice(kept.begin(), kept, at);
      return &kept.front().statement;
    }
    auto statement = connection.prepare(sql);
    if (!statement) return std::move(statement).error();
    kept.push_front({std::string(sql), std::move(*statement)});
    if (kept.size() > kMaxStatements) kept.pop_back();
    return &kept.front().statement;
  }
};

DocumentReader::DocumentReader(Connection& connection)
    : connection_(connection), statements_(std::make_unique<Statements>()) {}

DocumentReader::~DocumentReader() = default;

Result<std::optional<StoredDocument>> DocumentReader::get(std::string_view type,
                                                          std::string_view id) {
  Statement& statement = statements_->get;
  if (!statement) {
    auto prepared = connection_.prepare("SELECT " + std::string(kDocumentColumns) +
                                        " FROM documents WHERE type = ?1 AND id = ?2");
    if (!prepared) return std::move(prepared).error();
    statement = std::move(*prepared);
  }
  FSDB_TRY(statement.bindStatic(1, type));
  FSDB_TRY(statement.bindStatic(2, id));
  auto row = statement.step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<StoredDocument>();
  auto document = readDocument(statement);
  statement.reset();
  return std::optional<StoredDocument>(std::move(document));
}

// What is read until its end is of one moment: the declarations, the rows and their total.
class DocumentReader::Snapshot {
 public:
  explicit Snapshot(DocumentReader& reader) : reader_(reader) {}
  ~Snapshot() {
    if (begun_) (void)reader_.run("COMMIT");
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  Result<void> begin() {
    if (reader_.connection_.inTransaction()) return {};
    FSDB_TRY(reader_.run("BEGIN"));
    begun_ = true;
    return {};
  }

 private:
  DocumentReader& reader_;
  bool begun_ = false;
};

Result<DocumentPage> DocumentReader::find(const Query& query) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(query.type.value_or(""));
  if (!options) return std::move(options).error();
  auto compiled = compileQuery(query, *options);
  if (!compiled) return std::move(compiled).error();
  return readPage(*compiled);
}

// A declaration that changes what a query has to ask for changes the schema as well. Inside a
// transaction, so that what is asked then is of the same schema.
Result<const CollectionOptions*> DocumentReader::options(std::string_view type) {
  auto version = readCount("PRAGMA schema_version", {});
  if (!version) return std::move(version).error();
  if (*version != schemaVersion_) {
    schemaVersion_ = *version;
    options_.clear();
  }
  const auto found = options_.find(type);
  if (found != options_.end()) return &found->second;
  auto catalog = CollectionCatalog::create(connection_);
  if (!catalog) return std::move(catalog).error();
  auto options = catalog->options(type);
  if (!options) return std::move(options).error();
  if (options_.size() >= kMaxTypes) options_.clear();
  return &options_.emplace(type, std::move(options).value()).first->second;
}

Result<DocumentPage> DocumentReader::readPage(const CompiledQuery& compiled) {
  DocumentPage page;
  page.page = compiled.page;
  page.pageSize = compiled.pageSize;
  auto taken = statements_->take(connection_, compiled.sql);
  if (!taken) return std::move(taken).error();
  FSDB_TRY(bindAll(**taken, compiled.values));
  FSDB_TRY(readRows(**taken, compiled, page));
  if (!page.hasMore) page.next.reset();
  if (!compiled.page) return page;
  auto total = readCount(compiled.countSql, compiled.countValues);
  if (!total) return std::move(total).error();
  page.total = *total;
  return page;
}

Result<int64_t> DocumentReader::count(std::string_view type,
                                      const std::optional<QueryValue>& where) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(type);
  if (!options) return std::move(options).error();
  auto compiled = compileCount(std::string(type), where, *options);
  if (!compiled) return std::move(compiled).error();
  return readCount(compiled->sql, compiled->values);
}

Result<int64_t> DocumentReader::readCount(std::string_view sql, const std::vector<Value>& values) {
  auto taken = statements_->take(connection_, sql);
  if (!taken) return std::move(taken).error();
  FSDB_TRY(bindAll(**taken, values));
  return readNumber(**taken);
}

Result<std::vector<DocumentReference>> DocumentReader::references(std::string_view type,
                                                                  std::string_view id) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(type);
  if (!options) return std::move(options).error();
  if ((*options)->references.empty()) return notDeclared(type, "references");
  return readReferences(kReferences, type, id);
}

Result<std::vector<DocumentReference>> DocumentReader::backlinks(std::string_view type,
                                                                 std::string_view id) {
  return readReferences(kBacklinks, type, id);
}

Result<std::vector<DocumentReference>> DocumentReader::readReferences(std::string_view sql,
                                                                      std::string_view type,
                                                                      std::string_view id) {
  auto taken = statements_->take(connection_, sql);
  if (!taken) return std::move(taken).error();
  Statement& statement = **taken;
  FSDB_TRY(statement.bind(1, type));
  FSDB_TRY(statement.bind(2, id));
  std::vector<DocumentReference> references;
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return references;
    DocumentReference& reference = references.emplace_back();
    reference.type = statement.text(0);
    reference.id = statement.text(1);
    reference.name = optionalText(statement, 2);
    reference.context = optionalText(statement, 3);
    reference.dangling = statement.integer(4) != 0;
  }
}

Result<std::vector<std::pair<std::string, int64_t>>> DocumentReader::tags(std::string_view type) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(type);
  if (!options) return std::move(options).error();
  if ((*options)->tags.empty()) return notDeclared(type, "tags");
  auto taken = statements_->take(connection_, kTags);
  if (!taken) return std::move(taken).error();
  FSDB_TRY((*taken)->bind(1, type));
  std::vector<std::pair<std::string, int64_t>> tags;
  for (;;) {
    auto row = (*taken)->step();
    if (!row) return std::move(row).error();
    if (!*row) return tags;
    tags.emplace_back((*taken)->text(0), (*taken)->integer(1));
  }
}

Result<QueryPlan> DocumentReader::explain(const Query& query) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(query.type.value_or(""));
  if (!options) return std::move(options).error();
  auto compiled = compileQuery(query, *options);
  if (!compiled) return std::move(compiled).error();
  QueryPlan plan;
  plan.sql = compiled->sql;
  auto statement = connection_.prepare("EXPLAIN QUERY PLAN " + compiled->sql);
  if (!statement) return std::move(statement).error();
  FSDB_TRY(bindAll(*statement, compiled->values));
  for (;;) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    const std::string_view step = statement->text(3);
    plan.steps.emplace_back(step);
    if (const auto index = indexOf(step); !index.empty()) plan.indexes.emplace_back(index);
    plan.sorts = plan.sorts || step.find("TEMP B-TREE FOR ") != std::string_view::npos;
  }
  const bool inOrder = !plan.sorts && !query.orderBy.empty();
  plan.usesIndex = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const std::string& step) {
    return narrows(step) || (inOrder && takesWholeType(step));
  });
  return plan;
}

Result<std::vector<DocumentChange>> DocumentReader::changesSince(int64_t seq, int64_t limit) {
  auto taken = statements_->take(connection_, ChangeFeed::kSince);
  if (!taken) return std::move(taken).error();
  Statement& statement = **taken;
  FSDB_TRY(statement.bind(1, seq));
  FSDB_TRY(statement.bind(2, limit));
  std::vector<DocumentChange> changes;
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return changes;
    DocumentChange& change = changes.emplace_back();
    change.seq = statement.integer(0);
    change.op = statement.text(1);
    change.type = statement.text(2);
    change.id = statement.text(3);
    change.version = statement.integer(4);
    change.origin = statement.text(5);
    change.at = statement.text(6);
  }
}

Result<std::map<std::string, int64_t>> DocumentReader::counts() {
  auto taken = statements_->take(connection_, "SELECT type, count(*) FROM documents GROUP BY type");
  if (!taken) return std::move(taken).error();
  Statement& statement = **taken;
  std::map<std::string, int64_t> counts;
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return counts;
    counts.emplace(statement.text(0), statement.integer(1));
  }
}

Result<void> DocumentReader::run(std::string_view sql) {
  auto taken = statements_->take(connection_, sql);
  if (!taken) return std::move(taken).error();
  return (*taken)->run();
}

}  // namespace fsdb
