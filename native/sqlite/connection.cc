#include "sqlite/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <thread>
#include <utility>

#include "sqlite/row_source.h"

#if defined(__SANITIZE_THREAD__)
#define FSDB_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FSDB_THREAD_SANITIZER
#endif
#endif

#if defined(FSDB_THREAD_SANITIZER)
// Two connections of one process share the index of the write-ahead log as two processes would: in
// mapped memory, guarded by file locks and checksums, which ThreadSanitizer knows nothing of. In
// here, so that every program with SQLite in it has it.
// Source: https://www.sqlite.org/walformat.html#wal_locks
extern "C" __attribute__((visibility("default"), used)) const char* __tsan_default_suppressions() {
  return "race:walIndexRecover\n"
         "race:walIndexTryHdr\n"
         "race:walIndexWriteHdr\n"
         "race:walTryBeginRead\n"
         "race:walRestartHdr\n"
         "race:walRestartLog\n"
         "race:walCheckpoint\n"
         "race:walFindFrame\n"
         "race:walIndexAppend\n"
         "race:walCleanupHash\n"
         "race:sqlite3WalFrames\n"
         "race:sqlite3WalFindFrame\n"
         "race:sqlite3WalBeginWriteTransaction\n";
}
#endif

namespace fsdb {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Older versions lose data when one thread checkpoints while another writes.
// Source: https://www.sqlite.org/wal.html#walresetbug
constexpr int kOldestSafeVersion = 3'051'003;
static_assert(SQLITE_VERSION_NUMBER >= kOldestSafeVersion);

// How much of the file a connection keeps in memory at most; SQLite's own default is 2 MB.
constexpr char kCacheSize[] = "PRAGMA cache_size=-16000";

// Sleeps grow with the wait, so that a short lock costs little and a long one few tries.
constexpr microseconds kShortestSleep{100};
constexpr microseconds kLongestSleep{20'000};

Connection::BusyHandler waitFor(microseconds timeout) {
  return [timeout](microseconds waited) {
    if (waited >= timeout) return microseconds(0);
    const auto sleep = std::clamp(waited / 4, kShortestSleep, kLongestSleep);
    return std::min(sleep, timeout - waited);
  };
}

// SQLite has one code for every failed system call; the system's own number says more.
void refine(Error& error, sqlite3* handle) {
  if (error.code != ErrorCode::kIo) return;
  error.systemCode = sqlite3_system_errno(handle);
  if (error.systemCode == ENOSPC || error.systemCode == EDQUOT) error.code = ErrorCode::kFull;
  if (error.systemCode == EROFS) error.code = ErrorCode::kReadonly;
}

bool concernsFile(ErrorCode code) {
  return code == ErrorCode::kIo || code == ErrorCode::kCorrupt || code == ErrorCode::kFull ||
         code == ErrorCode::kReadonly || code == ErrorCode::kMoved || code == ErrorCode::kBusy;
}

int openFlags(const ConnectionOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (options.readonly) return flags | SQLITE_OPEN_READONLY;
  flags |= SQLITE_OPEN_READWRITE;
  return options.fileMustExist ? flags : flags | SQLITE_OPEN_CREATE;
}

bool configure(sqlite3* handle) {
  const auto set = [&](int option, int value) {
    return sqlite3_db_config(handle, option, value, nullptr) == SQLITE_OK;
  };
  return set(SQLITE_DBCONFIG_DEFENSIVE, 1) && set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0) &&
         set(SQLITE_DBCONFIG_ENABLE_FKEY, 1) && set(SQLITE_DBCONFIG_DQS_DML, 0) &&
         set(SQLITE_DBCONFIG_DQS_DDL, 0);
}

Error sqlError(std::string message) {
  Error error;
  error.code = ErrorCode::kSql;
  error.message = std::move(message);
  return error;
}

}  // namespace

Error sqliteError(sqlite3* handle, std::string_view operation) {
  Error error;
  error.sqliteCode = sqlite3_extended_errcode(handle);
  error.code = errorCodeOfSqlite(error.sqliteCode);
  refine(error, handle);
  if (!operation.empty()) error.message = std::string(operation) + ": ";
  error.message += sqlite3_errmsg(handle);
  const char* path = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
  if (path != nullptr && concernsFile(error.code)) error.path = path;
  return error;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path,
                                                     const ConnectionOptions& options) {
  if (sqlite3_libversion_number() < kOldestSafeVersion) {
    Error error;
    error.code = ErrorCode::kSchema;
    error.message = "open: SQLite " + std::string(sqliteVersion()) + " is older than 3.51.3";
    return error;
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, openFlags(options), nullptr);
  // SQLite returns a handle even when it fails: it holds the message and must be closed.
  std::unique_ptr<Connection> connection(new Connection(handle));
  const std::string operation = "open " + path;
  const auto failed = [&] {
    Error error = connection->lastError(operation);
    error.path = path;
    return error;
  };
  if (code != SQLITE_OK || !configure(handle) || !registerRowSources(handle)) return failed();
  connection->setBusyHandler(waitFor(options.busyTimeout));
  // The last statement reads the file, so that one that is no database is found out here.
  if (!connection->exec(std::string(kCacheSize) +
                        "; PRAGMA mmap_size=0; PRAGMA cell_size_check=1; PRAGMA schema_version;")) {
    return failed();
  }
  return connection;
}

Connection::Connection(sqlite3* handle) : handle_(handle) {}

// close_v2, so that a statement that ends after its connection is no use after free.
Connection::~Connection() { sqlite3_close_v2(handle_); }

Result<void> Connection::checkSql(std::string_view sql) {
  if (sql.find('\0') == std::string_view::npos) return {};
  return sqlError("the SQL contains a NUL character");
}

Result<Statement> Connection::prepareNext(const std::string& sql, size_t& offset) {
  offset = std::min(sql.find_first_not_of(" \t\r\n\f", offset), sql.size());
  sqlite3_stmt* statement = nullptr;
  const char* next = nullptr;
  // Without a length: with one, SQLite copies all that follows for every statement.
  const int code = sqlite3_prepare_v3(handle_, sql.c_str() + offset, -1, 0, &statement, &next);
  Statement prepared(statement);
  if (code != SQLITE_OK) return lastError({});
  offset = static_cast<size_t>(next - sql.c_str());
  return prepared;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  FSDB_TRY(checkSql(sql));
  const std::string text(sql);
  Statement first;
  for (size_t offset = 0; offset < text.size();) {
    auto prepared = prepareNext(text, offset);
    if (!prepared) return prepared;
    if (!*prepared) continue;  // white space or a comment
    if (first) return sqlError("The supplied SQL string contains more than one statement");
    first = std::move(prepared).value();
  }
  if (!first) return sqlError("The supplied SQL string contains no statements");
  return first;
}

Result<void> Connection::exec(const std::string& sql) {
  FSDB_TRY(checkSql(sql));
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return lastError({});
}

Result<void> Connection::loadExtension(const std::string& path, const std::string& entryPoint) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
  char* message = nullptr;
  const int code = sqlite3_load_extension(
      handle_, path.c_str(), entryPoint.empty() ? nullptr : entryPoint.c_str(), &message);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  if (code == SQLITE_OK) return {};
  Error error = sqlError(message == nullptr ? sqlite3_errstr(code) : message);
  error.sqliteCode = code;
  sqlite3_free(message);
  return error;
}

Result<int64_t> Connection::queryInteger(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  auto row = statement->step();
  if (!row) return std::move(row).error();
  return *row ? statement->integer(0) : 0;
}

void Connection::setBusyHandler(BusyHandler handler) {
  busyHandler_ = std::move(handler);
  sqlite3_busy_handler(handle_, busyHandler_ ? &Connection::onBusy : nullptr, this);
}

int Connection::onBusy(void* self, int count) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = steady_clock::now();
  if (count == 0) connection.busySince_ = now;
  const auto waited = std::chrono::duration_cast<microseconds>(now - connection.busySince_);
  const auto sleep = connection.busyHandler_(waited);
  if (sleep <= microseconds(0)) return 0;
  std::this_thread::sleep_for(sleep);
  return 1;
}

// The journal pointer of a database in WAL mode is its log. What is no longer in the log has been
// checkpointed, and a checkpoint that empties the log has synced the database file itself.
// Source: https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntljournalpointer
Result<void> Connection::syncLog() {
  // The log is opened with the first read.
  if (auto read = queryInteger("PRAGMA schema_version"); !read) return std::move(read).error();
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log == nullptr || log->pMethods == nullptr) return {};
  const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (code == SQLITE_OK) return {};
  Error error;
  error.sqliteCode = code;
  error.code = errorCodeOfSqlite(code);
  error.message = std::string("flush: ") + sqlite3_errstr(code);
  error.path = path();
  return error;
}

void Connection::setLogHook(LogHook onCommit) {
  logHook_ = std::move(onCommit);
  sqlite3_wal_hook(handle_, logHook_ ? &Connection::onCommit : nullptr, this);
}

int Connection::onCommit(void* self, sqlite3*, const char*, int frames) {
  static_cast<Connection*>(self)->logHook_(frames);
  return SQLITE_OK;
}

Result<Connection::Checkpointed> Connection::checkpoint() {
  int frames = 0;
  int copied = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
  if (code == SQLITE_OK) return Checkpointed{frames, copied};
  return lastError("checkpoint");
}

int64_t Connection::changes() const { return sqlite3_changes64(handle_); }
int64_t Connection::totalChanges() const { return sqlite3_total_changes64(handle_); }
int64_t Connection::lastInsertRowid() const { return sqlite3_last_insert_rowid(handle_); }
bool Connection::inTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }
bool Connection::readonly() const { return sqlite3_db_readonly(handle_, "main") == 1; }

std::string_view Connection::path(const std::string& name) const {
  const char* path = sqlite3_db_filename(handle_, name.c_str());
  return path == nullptr ? std::string_view() : path;
}

void Connection::interrupt() { sqlite3_interrupt(handle_); }

Error Connection::lastError(std::string_view operation) const {
  return sqliteError(handle_, operation);
}

std::string quoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

std::string_view sqliteVersion() { return sqlite3_libversion(); }

}  // namespace fsdb
