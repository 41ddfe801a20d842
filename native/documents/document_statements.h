// What the methods of DocumentReader share: its statements, and how a row is read.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "documents/document_reader.h"
#include "documents/query_compiler.h"
#include "sqlite/statement.h"

namespace fsdb {

inline std::optional<std::string> optionalText(const Statement& statement, int column) {
  if (statement.isNull(column)) return std::nullopt;
  return std::string(statement.text(column));
}

// The columns are kDocumentColumns.
inline StoredDocument readDocument(const Statement& statement) {
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

// How many statements of queries are kept: an application asks few kinds of questions, and each
// kind is one statement.
inline constexpr size_t kMaxStatements = 32;

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

}  // namespace fsdb
