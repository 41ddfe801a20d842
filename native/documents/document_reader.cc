#include "documents/document_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "documents/collection_schema.h"
#include "documents/document_statements.h"
#include "documents/query_compiler.h"
#include "sqlite/statement.h"

namespace fsdb {
namespace {

// Programs that make up types must not fill the memory with what is declared of them.
constexpr size_t kMaxTypes = 1000;

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

Result<DocumentPage> DocumentReader::find(const Query& query) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto schema = schemaFor(query);
  if (!schema) return std::move(schema).error();
  auto compiled = compileQuery(query, *schema);
  if (!compiled) return std::move(compiled).error();
  return readPage(*compiled);
}

// A declaration that changes what a query has to ask for changes the schema as well. Inside a
// transaction, so that what is asked then is of the same schema.
Result<void> DocumentReader::checkSchema() {
  auto version = readCount("PRAGMA schema_version", {});
  if (!version) return std::move(version).error();
  if (*version == schemaVersion_) return {};
  schemaVersion_ = *version;
  options_.clear();
  searchable_.reset();
  return {};
}

Result<QuerySchema> DocumentReader::schemaFor(const Query& query) {
  QuerySchema schema;
  if (query.type) {
    auto options = this->options(*query.type);
    if (!options) return std::move(options).error();
    schema.options = *options;
  } else if (query.search) {
    auto types = searchable();
    if (!types) return std::move(types).error();
    schema.searchable = **types;
  }
  return schema;
}

Result<const CollectionOptions*> DocumentReader::options(std::string_view type) {
  FSDB_TRY(checkSchema());
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

Result<CompiledQuery> DocumentReader::compile(const Query& query) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto schema = schemaFor(query);
  if (!schema) return std::move(schema).error();
  return compileQuery(query, *schema);
}

Result<QueryPlan> DocumentReader::explain(const Query& query) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto schema = schemaFor(query);
  if (!schema) return std::move(schema).error();
  auto compiled = compileQuery(query, *schema);
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
