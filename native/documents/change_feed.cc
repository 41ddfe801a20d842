#include "documents/change_feed.h"

#include <utility>

namespace fsdb {
namespace {

std::string_view nameOf(ChangeOp op) {
  switch (op) {
    case ChangeOp::kInsert:
      return "insert";
    case ChangeOp::kUpdate:
      return "update";
    case ChangeOp::kDelete:
      return "delete";
  }
  return {};
}

constexpr char kAdd[] =
    "INSERT INTO changes (op, type, id, version, origin, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

// SQLite's own table of the numbers that AUTOINCREMENT has given out. The row of a table comes into
// being with its first insert.
// Source: https://www.sqlite.org/autoinc.html
constexpr char kBegin[] =
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'changes', 0 "
    "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'changes')";
constexpr char kSkip[] = "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'changes'";

constexpr char kPrune[] =
    "DELETE FROM changes WHERE seq <= "
    "(SELECT seq FROM sqlite_sequence WHERE name = 'changes') - ?1";

}  // namespace

const char* const ChangeFeed::kSchema =
    "CREATE TABLE changes ("
    "seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "op TEXT NOT NULL, "
    "type TEXT NOT NULL, "
    "id TEXT NOT NULL, "
    "version INTEGER NOT NULL, "
    "origin TEXT NOT NULL, "
    "at TEXT NOT NULL);";

const char* const ChangeFeed::kSince =
    "SELECT seq, op, type, id, version, origin, at FROM changes WHERE seq > ?1 ORDER BY seq "
    "LIMIT ?2";

Result<ChangeFeed> ChangeFeed::create(Connection& connection) {
  ChangeFeed feed;
  const std::pair<Statement*, const char*> texts[] = {
      {&feed.add_, kAdd}, {&feed.begin_, kBegin}, {&feed.skip_, kSkip}, {&feed.prune_, kPrune}};
  for (const auto& [target, sql] : texts) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::move(statement).error();
    *target = std::move(*statement);
  }
  FSDB_TRY(feed.prune_.bind(1, kLimit));
  return feed;
}

Result<void> ChangeFeed::add(const Change& change) {
  FSDB_TRY(add_.bindStatic(1, nameOf(change.op)));
  FSDB_TRY(add_.bindStatic(2, change.type));
  FSDB_TRY(add_.bindStatic(3, change.id));
  FSDB_TRY(add_.bind(4, change.version));
  FSDB_TRY(add_.bindStatic(5, change.origin));
  FSDB_TRY(add_.bindStatic(6, change.at));
  return add_.run();
}

Result<void> ChangeFeed::skip(int64_t count) {
  FSDB_TRY(begin_.run());
  FSDB_TRY(skip_.bind(1, count));
  return skip_.run();
}

Result<void> ChangeFeed::prune() { return prune_.run(); }

}  // namespace fsdb
