// A connection to one SQLite database file, its statements and its errors.
//
// Threads: a connection and everything prepared on it belong to one thread at a time (SQLite is
// compiled with THREADSAFE=2). The exception is interrupt().
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/error_codes.h"
#include "sqlite/statement.h"

struct sqlite3;

namespace fsdb {

struct ConnectionOptions {
  bool readonly = false;
  bool fileMustExist = false;
  std::chrono::milliseconds busyTimeout{5000};
};

class Connection {
 public:
  // Opens `path` (":memory:" and "" as in SQLite), creating the file if there is none. Extended
  // result codes on, foreign keys on, DEFENSIVE on, TRUSTED_SCHEMA off, mmap off. The journal mode
  // is left as it is: configureDatabase() sets it.
  // A file that cannot be written is opened all the same: see readonly().
  // kSchema: the SQLite that is linked is older than 3.51.3. kIo, kCorrupt, kBusy as reported.
  static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                  const ConnectionOptions& options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares one statement. kSql if `sql` is wrong; kSql without an SQLite code if it holds no
  // statement or more than one.
  Result<Statement> prepare(std::string_view sql);
  // kSql if `sql` contains a NUL character.
  static Result<void> checkSql(std::string_view sql);

  // Prepares the statement that begins at `offset` and moves `offset` behind it; the statement is
  // empty where there is but white space, a comment or a semicolon. A NUL ends the SQL.
  Result<Statement> prepareNext(const std::string& sql, size_t& offset);

  // Runs every statement in `sql`, ignoring rows.
  Result<void> exec(const std::string& sql);

  // Loads an extension of SQLite: a shared library. An empty `entryPoint` is found by the file's
  // name. Only this call may: SQL cannot.
  Result<void> loadExtension(const std::string& path, const std::string& entryPoint);

  // Returns the first column of the first row as an integer; 0 if there is no row. For pragmas.
  Result<int64_t> queryInteger(std::string_view sql);

  // What happens while another connection holds the lock: `onWait` is told how long this call has
  // waited so far and returns how long to sleep before the next try; zero gives up with kBusy.
  // Replaces the busy timeout.
  using BusyHandler = std::function<std::chrono::microseconds(std::chrono::microseconds waited)>;
  void setBusyHandler(BusyHandler handler);
  const BusyHandler& busyHandler() const { return busyHandler_; }

  // Waits until what has been committed is on the disk, whatever `synchronous` says. Outside of a
  // transaction only. kIo: it may not be.
  Result<void> syncLog();

  // What happens after each commit of this connection to a database with a log: `onCommit` is told
  // how many frames the log holds now. It must not use the connection. SQLite's automatic
  // checkpoints take the same place, and end with it.
  using LogHook = std::function<void(int64_t frames)>;
  void setLogHook(LogHook onCommit);

  // Copies into the database what the log holds and no reader is in the way of. Waits for nobody.
  // kBusy: somebody else is at it.
  struct Checkpointed {
    int64_t frames = 0;  // in the log
    int64_t copied = 0;  // of them, now or before
  };
  Result<Checkpointed> checkpoint();

  int64_t changes() const;
  int64_t totalChanges() const;
  int64_t lastInsertRowid() const;
  bool inTransaction() const;
  bool readonly() const;
  // The file's absolute path; empty for databases that live in memory or in a temporary file.
  std::string_view path() const { return path("main"); }
  // The same of the database that is attached as `name`.
  std::string_view path(const std::string& name) const;

  // Makes a running statement fail with kTimeout. From any thread.
  void interrupt();

  // The last error of this connection as an Error: message = `operation`: SQLite's own words (or
  // SQLite's own words alone if `operation` is empty), sqliteCode = the extended code.
  Error lastError(std::string_view operation) const;

  sqlite3* handle() const { return handle_; }

 private:
  explicit Connection(sqlite3* handle);
  static int onBusy(void* self, int count);
  static int onCommit(void* self, sqlite3* handle, const char* database, int frames);

  sqlite3* handle_;
  BusyHandler busyHandler_;
  LogHook logHook_;
  std::chrono::steady_clock::time_point busySince_;
};

// Connection::lastError() of a bare handle.
Error sqliteError(sqlite3* handle, std::string_view operation);

// `name` as an SQL identifier: in double quotes, inner ones doubled.
std::string quoteName(std::string_view name);

// "3.53.4": the library that is linked.
std::string_view sqliteVersion();

}  // namespace fsdb
