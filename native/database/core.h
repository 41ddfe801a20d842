// What all handles on one database file in this process share: the writer, the sync, the guard.
//
// A second handle on the same file, from another environment or a module that was loaded again,
// finds the first one's core: no thread is doubled and no file is synced twice. The core ends with
// its last handle.
//
// Threads: any. The table of cores is the one process-wide state there is.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "database/change_hub.h"
#include "database/document_writes.h"
#include "database/query_pool.h"
#include "sqlite/connection.h"
#include "sqlite/file_guard.h"
#include "sqlite/writer.h"
#include "sync/sync_engine.h"
#include "wal/checkpointer.h"

namespace fsdb {

class Core {
 public:
  // The core of the file at `path`, which is created if there is none and `mayCreate`. Waits for a
  // former core of the file that is just ending.
  // kIo, kReadonly, kCorrupt, kSchema as reported.
  static Result<std::shared_ptr<Core>> acquire(const std::string& path, bool readonly,
                                               bool mayCreate);

  // Drains the writer, ends the sync, removes the log. Takes as long as that takes: let the last
  // reference go on a thread that may wait.
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const std::string& path() const { return path_; }

  // A further connection to the file, for one handle.
  // `tracker` is told what it commits.
  Result<std::unique_ptr<Connection>> connect(const ConnectionOptions& options,
                                              std::shared_ptr<ChangeTracker>* tracker = nullptr);

  // The writer; started by the first call. kReadonly: the file cannot be written.
  Result<Writer*> writer() EXCLUDES(mutex_);

  // Starts syncing, or, with another configuration than the running one, starts anew with it: then
  // every listener gets a warning. The number is for unsubscribe().
  Result<int64_t> subscribe(const SyncConfig& config, SyncListener listener)
      EXCLUDES(engineMutex_, mutex_);

  // A call of the listener that is under way may still arrive. The sync ends with its last
  // listener, and this call waits for that.
  void unsubscribe(int64_t number) EXCLUDES(engineMutex_, mutex_);

  // The threads for queries. After a handle's close() they run none of its queries.
  std::shared_ptr<QueryPool> queries() EXCLUDES(mutex_);

  // Calls the listener for what is committed on the file from now on, by whatever connection or
  // process, on a thread of its own, until unwatch(). Errors as connections are opened with.
  Result<int64_t> watch(ChangeHub::Listener listener) EXCLUDES(mutex_);
  void unwatch(int64_t number);

  // Writes a document: its row, or its file if its type has a folder. See DocumentWrites.
  void writeDocument(DocumentWrite write, const JobOptions& options, DocumentWrites::Done done)
      EXCLUDES(mutex_);

  // Fills the full text of all types, once the first sync is through. See DocumentWrites.
  void fillSearch() EXCLUDES(mutex_);

  // The running sync; null if there is none. What it returns may be used until it is let go, even
  // if another configuration takes its place meanwhile.
  std::shared_ptr<SyncEngine> engine() EXCLUDES(mutex_);

 private:
  explicit Core(std::string path);
  Result<void> open(bool readonly, bool mayCreate);
  Result<std::unique_ptr<Connection>> connectForWriting() REQUIRES(mutex_);
  bool isAwaited() const;
  std::shared_ptr<ChangeTracker> track(Connection& connection);
  void noteLog(int64_t frames) EXCLUDES(mutex_);
  Result<void> exchangeEngine(std::shared_ptr<SyncEngine> running, const SyncConfig& config)
      EXCLUDES(mutex_);
  Result<void> startEngine(const SyncConfig& config) EXCLUDES(mutex_);
  SyncListener fanOut();
  DocumentWrites::Folders folders();
  Result<DocumentWrites*> documentWrites() EXCLUDES(mutex_);
  std::vector<std::shared_ptr<const SyncListener>> listeners() EXCLUDES(mutex_);

  const std::string path_;  // canonical
  const SystemClock clock_;
  ChangeHub changes_;
  std::optional<FileGuard> guard_;
  std::atomic<SteadyTime> lastWait_{};  // when a handle's connection last waited for the lock

  Mutex engineMutex_;  // one engine is exchanged for another at a time; taken before mutex_
  Mutex mutex_;
  std::shared_ptr<Checkpointer> checkpointer_ GUARDED_BY(mutex_);  // as soon as there is a writer
  std::unique_ptr<Writer> writer_ GUARDED_BY(mutex_);
  std::shared_ptr<ChangeTracker> writerTracker_ GUARDED_BY(mutex_);
  std::shared_ptr<SyncEngine> engine_ GUARDED_BY(mutex_);
  std::set<std::string> types_ GUARDED_BY(mutex_);  // that have a folder
  std::unique_ptr<DocumentWrites> documentWrites_ GUARDED_BY(mutex_);
  std::shared_ptr<QueryPool> queries_ GUARDED_BY(mutex_);  // shared with calls of close()
  std::map<int64_t, std::shared_ptr<const SyncListener>> listeners_ GUARDED_BY(mutex_);
  int64_t nextNumber_ GUARDED_BY(mutex_) = 1;
};

}  // namespace fsdb
