#include "documents/document_reader.h"

#include <list>
#include <utility>
#include <vector>

#include "documents/query_compiler.h"
#include "sqlite/statement.h"

namespace fsdb {
namespace {

// How many statements of queries are kept: an application asks few kinds of questions, and each
// kind is one statement.
constexpr size_t kMaxStatements = 32;

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

Result<DocumentPage> DocumentReader::find(const Query& query) {
  auto compiled = compileQuery(query);
  if (!compiled) return std::move(compiled).error();
  if (!compiled->page || connection_.inTransaction()) return readPage(*compiled);
  // Rows and total of one moment.
  FSDB_TRY(run("BEGIN"));
  auto page = readPage(*compiled);
  FSDB_TRY(run("COMMIT"));
  return page;
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
  auto compiled = compileCount(std::string(type), where);
  if (!compiled) return std::move(compiled).error();
  return readCount(compiled->sql, compiled->values);
}

Result<int64_t> DocumentReader::readCount(std::string_view sql, const std::vector<Value>& values) {
  auto taken = statements_->take(connection_, sql);
  if (!taken) return std::move(taken).error();
  FSDB_TRY(bindAll(**taken, values));
  return readNumber(**taken);
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
