#include "sqlite/query_cursor.h"

#include <sqlite3.h>

#include <utility>

namespace fsdb {
namespace {

// How many steps of SQLite's machine may pass before somebody is asked whether to go on.
constexpr int kProgressSteps = 1'000;

// What SQL of a program's may take. Others are as SQLite has them.
// Source: https://www.sqlite.org/limits.html
struct Limit {
  int what;
  int most;
};
constexpr Limit kLimits[] = {
    {SQLITE_LIMIT_LENGTH, 256 * 1024 * 1024},   // bytes of a value
    {SQLITE_LIMIT_SQL_LENGTH, 1'000'000},       // bytes of a statement
    {SQLITE_LIMIT_ATTACHED, 0},                 // further files
    {SQLITE_LIMIT_WORKER_THREADS, 0},           // threads for sorting
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1'000},  // bytes: matching takes exponential time
};

// Asks `cancelled` while it lives.
class Progress {
 public:
  Progress(Connection& connection, const std::atomic<bool>& cancelled) : connection_(connection) {
    sqlite3_progress_handler(connection_.handle(), kProgressSteps, &Progress::onProgress,
                             const_cast<std::atomic<bool>*>(&cancelled));
  }
  ~Progress() { sqlite3_progress_handler(connection_.handle(), 0, nullptr, nullptr); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  static int onProgress(void* cancelled) {
    return static_cast<const std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
  }

  Connection& connection_;
};

Error sqlError(std::string message, int sqliteCode) {
  Error error;
  error.code = sqliteCode == SQLITE_READONLY ? ErrorCode::kReadonly : ErrorCode::kSql;
  error.message = std::move(message);
  error.sqliteCode = sqliteCode;
  return error;
}

}  // namespace

Result<std::unique_ptr<QueryConnection>> QueryConnection::open(const std::string& path,
                                                               const ConnectionOptions& options) {
  ConnectionOptions reading = options;
  reading.readonly = true;
  reading.fileMustExist = true;
  auto connection = Connection::open(path, reading);
  if (!connection) return std::move(connection).error();
  FSDB_TRY((*connection)->exec("PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0"));
  for (const auto& [what, most] : kLimits) sqlite3_limit((*connection)->handle(), what, most);
  auto query = std::make_unique<QueryConnection>();
  query->connection = std::move(connection).value();
  query->authorizer = std::make_unique<Authorizer>(*query->connection);
  return query;
}

QueryCursor::QueryCursor(Connection& connection, Authorizer& authorizer, Statement statement,
                         bool safeIntegers)
    : connection_(connection),
      authorizer_(authorizer),
      statement_(std::move(statement)),
      safeIntegers_(safeIntegers) {}

Result<std::unique_ptr<QueryCursor>> QueryCursor::open(Connection& connection,
                                                       Authorizer& authorizer,
                                                       const std::string& sql,
                                                       const ParameterValues& parameters,
                                                       bool safeIntegers) {
  const AllowedAccess access(authorizer, Authorizer::Access::kReading);
  (void)authorizer.takeTablesRead();
  auto prepared = connection.prepare(sql);
  if (!prepared) return std::move(prepared).error();
  // In SQLite's words: some statements of virtual tables pass the authorizer, see there.
  if (!prepared->isReadonly()) {
    return sqlError("attempt to write a readonly database", SQLITE_READONLY);
  }
  FSDB_TRY(bindAll(*prepared, parameters));
  std::unique_ptr<QueryCursor> cursor(
      new QueryCursor(connection, authorizer, std::move(prepared).value(), safeIntegers));
  cursor->tables_ = authorizer.takeTablesRead();
  return cursor;
}

Result<bool> QueryCursor::step() {
  auto row = statement_.step();
  if (!row) return row;
  onRow_ = *row;
  if (begun_) return row;
  begun_ = true;
  // SQLite may have prepared it again meanwhile, for another schema.
  tables_.merge(authorizer_.takeTablesRead());
  for (int i = 0; i < statement_.columnCount(); i++) {
    columns_.emplace_back(statement_.columnName(i));
  }
  return row;
}

Result<std::optional<ColumnarBatch>> QueryCursor::next(const std::atomic<bool>& cancelled) {
  const AllowedAccess access(authorizer_, Authorizer::Access::kReading);
  const Progress progress(connection_, cancelled);
  if (!begun_) {
    if (auto row = step(); !row) return std::move(row).error();
  }
  if (!onRow_) return std::optional<ColumnarBatch>();
  if (!encoder_) encoder_.emplace(columns_.size(), safeIntegers_);
  bool full = false;
  while (onRow_ && !full) {
    full = encoder_->add(statement_);
    if (auto row = step(); !row) return std::move(row).error();
  }
  return std::optional<ColumnarBatch>(encoder_->take());
}

}  // namespace fsdb
