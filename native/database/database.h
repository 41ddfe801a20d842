// One handle on a database file: a connection for the thread that opened it, and a share in the
// file's core.
//
// Threads: the thread that opened it, but for release(), which any thread may call.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "database/core.h"
#include "database/writes.h"
#include "sqlite/authorizer.h"
#include "sqlite/backup.h"
#include "sqlite/connection.h"
#include "sqlite/serialized.h"

namespace fsdb {

struct DatabaseOptions {
  bool readonly = false;
  bool fileMustExist = false;
  std::chrono::milliseconds busyTimeout{5000};
  // Of what this handle writes. Rows that come from files are always kNormal: the files are kept.
  Durability durability = Durability::kFull;
};

// ":memory:" and "": no file, or none that outlives the connection.
bool isInMemory(const std::string& path);

class Database {
 public:
  static constexpr std::chrono::seconds kCloseTimeout{10};

  // Opens `path`; ":memory:" and "" as in SQLite, private to this handle.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                const DatabaseOptions& options);
  virtual ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A database in memory that begins with the bytes of another one's file.
  static Result<std::unique_ptr<Database>> openBytes(std::string_view bytes,
                                                     const DatabaseOptions& options);

  // What a backup copies.
  struct BackupSource {
    std::shared_ptr<Core> core;               // keeps the file's guard
    std::string path;                         // empty: in memory, and copied already
    std::optional<SerializedDatabase> bytes;  // if it is in memory
  };
  // Of the database that is attached as `name` ("main"). Fast, but for the copy of what is in
  // memory. Only while isOpen().
  Result<BackupSource> backupSource(const std::string& name);
  // On any thread; see Backup.
  static Result<std::unique_ptr<Backup>> startBackup(BackupSource& source,
                                                     const std::string& destination);

  // Only while isOpen().
  Connection& connection() { return *connection_; }
  bool isOpen() const { return connection_ != nullptr; }

  // What writes to the file on another thread; null if there is no file. Only while isOpen().
  Writes* writes() { return writes_.get(); }
  // Writes().write() where there is no file: at once, on this thread.
  Result<Writes::Results> writeHere(const std::vector<WriteStatement>& statements);

  // Begins a query on another thread; it ends with kClosed when this handle is closed. Where there
  // is no file, nothing happens before queryHere(). Only while isOpen().
  std::shared_ptr<QueryRun> query(QueryRequest request);
  bool isQueriedHere() const { return core_ == nullptr; }
  // Runs it on this thread, which has the only connection, until `deadline`.
  QueryRun::Next queryHere(QueryRun& run, SteadyTime deadline);

  // Calls the listener, on another thread, for what is committed from now on, until close(). Once.
  // kIo and the like as connections are opened with. Not for databases in memory.
  Result<void> watchChanges(ChangeHub::Listener listener);
  void unwatchChanges();

  // Ends the connection: every statement on it must have ended. Fast; later calls are harmless.
  virtual void close();

  // Waits for the writes that are under way, at most kCloseTimeout, and gives up the share in the
  // core: may wait for its threads and the disk. After close().
  virtual void release();

 protected:
  struct Parts {
    std::shared_ptr<Core> core;  // null: in memory
    std::unique_ptr<Connection> connection;
    std::unique_ptr<Writes> writes;          // null: in memory
    std::shared_ptr<ChangeTracker> tracker;  // of the connection; null: in memory
  };
  static Result<Parts> openParts(const std::string& path, const DatabaseOptions& options);
  explicit Database(Parts parts);

  std::shared_ptr<Core> core_;  // shared with the other handles on the file; null: in memory
  std::unique_ptr<Connection> connection_;

 private:
  Authorizer& authorizer();
  void cancelQueries();

  std::unique_ptr<Authorizer> authorizer_;  // of connection_, if programs' SQL runs on it
  std::vector<std::weak_ptr<QueryRun>> queries_;
  std::unique_ptr<Writes> writes_;
  std::shared_ptr<ChangeTracker> tracker_;  // lives in a hook of the connection, too
  int64_t watching_ = 0;                    // 0: not
};

}  // namespace fsdb
