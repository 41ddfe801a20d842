#include "sqlite/migration.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "sqlite/transaction.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// SQLite gives up at once, without asking the busy handler, when two connections switch a file to
// WAL mode at the same time, so we try again ourselves. The switch is a few system calls.
constexpr milliseconds kSwitchTimeout{5000};
constexpr milliseconds kSwitchRetry{2};

constexpr char kMetaTable[] =
    "CREATE TABLE IF NOT EXISTS _fsdb_meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID";

Result<int64_t> fileVersion(Connection& connection) {
  return connection.queryInteger("PRAGMA user_version");
}

Error schemaError(std::string message) {
  Error error;
  error.code = ErrorCode::kSchema;
  error.message = std::move(message);
  return error;
}

// Who brought the file to its version; empty if the file does not say.
std::string lastWriter(Connection& connection) {
  auto statement = connection.prepare("SELECT value FROM _fsdb_meta WHERE key = 'version'");
  if (!statement) return {};
  auto row = statement->step();
  return row && *row ? std::string(statement->text(0)) : std::string();
}

Error newerFile(Connection& connection, int64_t found, size_t known,
                std::string_view programVersion) {
  const std::string writer = lastWriter(connection);
  return schemaError("migrate: the file has schema " + std::to_string(found) +
                     (writer.empty() ? "" : ", written by version " + writer) + "; version " +
                     std::string(programVersion) + " knows schema " + std::to_string(known));
}

Result<void> noteProgramVersion(Connection& connection, std::string_view programVersion) {
  FSDB_TRY(connection.exec(kMetaTable));
  auto statement = connection.prepare(
      "INSERT INTO _fsdb_meta (key, value) VALUES ('version', ?) "
      "ON CONFLICT DO UPDATE SET value = excluded.value");
  if (!statement) return std::move(statement).error();
  FSDB_TRY(statement->bind(1, programVersion));
  return statement->run();
}

Result<void> runStep(Connection& connection, const Migration& migration, int64_t number,
                     std::string_view programVersion) {
  FSDB_TRY(connection.exec(std::string(migration.sql)));
  if (!connection.inTransaction()) return schemaError("the step ended its transaction");
  FSDB_TRY(noteProgramVersion(connection, programVersion));
  return connection.exec("PRAGMA user_version=" + std::to_string(number));
}

// A step that is wrong stays wrong; a full disk or a lock may pass.
Error stepError(Error error, int64_t number) {
  if (error.code == ErrorCode::kSql || error.code == ErrorCode::kConstraint) {
    error.code = ErrorCode::kSchema;
  }
  error.message = "migrate to schema " + std::to_string(number) + ": " + error.message;
  return error;
}

Result<void> setPageSize(Connection& connection) {
  // SQLite ignores it once the file has pages.
  return connection.exec("PRAGMA page_size=" + std::to_string(kPageSize));
}

Result<std::string> journalMode(Connection& connection, const char* pragma) {
  auto statement = connection.prepare(pragma);
  if (!statement) return std::move(statement).error();
  auto row = statement->step();
  if (!row) return std::move(row).error();
  return *row ? std::string(statement->text(0)) : std::string();
}

Result<void> switchToWal(Connection& connection) {
  const auto deadline = steady_clock::now() + kSwitchTimeout;
  for (;;) {
    auto mode = journalMode(connection, "PRAGMA journal_mode=WAL");
    if (mode && *mode == "wal") return {};
    if (mode) {
      Error error;
      error.code = ErrorCode::kIo;
      error.message = "journal_mode=WAL: not possible here, the journal mode stays " + *mode;
      return error;
    }
    if (mode.error().code != ErrorCode::kBusy || steady_clock::now() >= deadline) {
      return std::move(mode).error();
    }
    std::this_thread::sleep_for(kSwitchRetry);
  }
}

Result<void> createWal(Connection& connection) {
  FSDB_TRY(setPageSize(connection));
  FSDB_TRY(connection.exec("PRAGMA synchronous=EXTRA"));
  return switchToWal(connection);
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const Migration> migrations,
                     std::string_view programVersion) {
  const auto newest = static_cast<int64_t>(migrations.size());
  for (;;) {
    auto version = fileVersion(connection);
    if (!version) return std::move(version).error();
    if (*version == newest) return {};
    if (*version > newest) {
      return newerFile(connection, *version, migrations.size(), programVersion);
    }
    auto transaction = Transaction::begin(connection);
    if (!transaction) return std::move(transaction).error();
    // Under the lock now: another process may have done the step in the meantime.
    auto locked = fileVersion(connection);
    if (!locked) return std::move(locked).error();
    if (*locked != *version) continue;
    const int64_t number = *version + 1;
    const Migration& migration = migrations[static_cast<size_t>(*version)];
    auto stepped = runStep(connection, migration, number, programVersion);
    if (stepped) stepped = transaction->commit();
    if (!stepped) return stepError(std::move(stepped).error(), number);
  }
}

Result<void> configureDatabase(Connection& connection, FileGuard* guard) {
  if (connection.path().empty()) return {};
  auto mode = journalMode(connection, "PRAGMA journal_mode");
  if (!mode) return std::move(mode).error();
  if (*mode != "wal") FSDB_TRY(createWal(connection));
  if (guard != nullptr) FSDB_TRY(guard->lock());
  return connection.exec("PRAGMA synchronous=FULL");
}

}  // namespace fsdb
