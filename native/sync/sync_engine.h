// Keeps the database equal to its folders, on native threads: watches, decides when to look, and
// runs what it is asked for, one thing at a time.
//
// Threads: everything public may be called from any thread. All of the work happens on one thread,
// "fsdb-sync", with the pool's readers and the writer's thread; the listener and every `done` are
// called on it and must not call close().
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "files/debouncer.h"
#include "files/watcher.h"
#include "sqlite/connection.h"
#include "sqlite/writer.h"
#include "sync/folder_sync.h"
#include "sync/leader_lock.h"
#include "sync/source.h"
#include "sync/status_board.h"
#include "sync/sync_report.h"

namespace fsdb {

class SyncEngine {
 public:
  template <typename T>
  using Done = std::function<void(Result<T>)>;

  // What the engine works with, beside its configuration. All must outlive it.
  struct Environment {
    Writer& writer;
    const Clock& clock;
    SyncListener listener;
  };

  // Checks `config`, then starts the thread and its first sync. `connection` is for reading, to
  // `databasePath`, and becomes the sync thread's own.
  // kParse: a glob or a path in `config` is wrong.
  static Result<std::unique_ptr<SyncEngine>> create(const SyncConfig& config,
                                                    const std::string& databasePath,
                                                    std::unique_ptr<Connection> connection,
                                                    Environment environment);
  // Would create() take `config`? kParse as there.
  static Result<void> check(const SyncConfig& config, const std::string& databasePath);

  // As close().
  ~SyncEngine();

  const SyncConfig& config() const { return config_; }

  // Reports the first sync, as soon as it has ended; of a process that follows another one, as soon
  // as there has been one.
  void ready(Done<SharedReport> done) EXCLUDES(mutex_);

  // Looks at every file of `type`, or of all types; with `full`, reads each of them.
  // kParse: there is no such type.
  void sync(const std::optional<std::string>& type, bool full, Done<SharedReport> done)
      EXCLUDES(mutex_);

  // Writes `json` as the document (type, id) to its file, atomically, then the row.
  // kConflict: the document's own id is another, or another file has taken it.
  void save(const std::string& type, const std::string& id, const std::string& json,
            Done<StoredDocument> done) EXCLUDES(mutex_);

  // Deletes the file of the document, then its row. False: there is no such document.
  void remove(const std::string& type, const std::string& id, Done<bool> done) EXCLUDES(mutex_);

  SyncStatus status() EXCLUDES(mutex_);

  // Ends the pass that is running at the next file, answers everything that waits with kClosed,
  // joins the threads. What has been committed stays. Calling it again is harmless.
  void close() EXCLUDES(mutex_);

  // As close(), but returns those who wait in ready() instead of answering them.
  std::vector<Done<SharedReport>> closeAndHandOver() EXCLUDES(mutex_);

 private:
  struct Command {
    std::function<void()> run;
    std::function<void(const Error&)> fail;
  };

  SyncEngine(const SyncConfig& config, const std::string& databasePath, Environment environment);

  template <typename T>
  void post(Done<T> done, std::function<Result<T>()> run) EXCLUDES(mutex_);
  std::shared_ptr<Watcher> watcher() const EXCLUDES(mutex_);

  // All below runs on the sync thread.
  void work() EXCLUDES(mutex_);
  bool waitForWork() EXCLUDES(mutex_);
  SteadyTime nextWake();
  void runCommands() EXCLUDES(mutex_);
  void shutDown() EXCLUDES(mutex_);

  void checkLeadership();
  void startLeading() EXCLUDES(mutex_);
  void stopLeading() EXCLUDES(mutex_);
  std::shared_ptr<Watcher> createWatcher() EXCLUDES(mutex_);
  Result<SharedReport> start();
  void syncDue();
  std::vector<Look> dueHints(bool& rescan);
  void warnOfPolling();
  Result<SharedReport> run(SyncReason reason, std::vector<Look> looks);
  Result<SharedReport> syncNow(const std::optional<std::string>& type, bool full);
  void answerReady(const Result<SharedReport>& outcome) EXCLUDES(mutex_);

  const SyncConfig config_;
  Writer& writer_;
  const Clock& clock_;
  StatusBoard board_;
  Debouncer debouncer_;
  std::atomic<bool> closing_{false};

  // The sync thread's.
  std::unique_ptr<FolderSync> folders_;
  LeaderLock leaderLock_;
  bool hasWarned_ = false;  // of what the watcher cannot do
  bool working_ = false;    // it has taken up its work: it leads, or does not watch
  bool started_ = false;    // the first sync has been through
  SteadyTime nextCheck_{};  // of the directories, or of the leader

  mutable Mutex mutex_;
  ConditionVariable wake_;
  std::deque<Command> commands_ GUARDED_BY(mutex_);
  std::vector<Done<SharedReport>> waitingForReady_ GUARDED_BY(mutex_);
  SharedReport firstReport_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<Watcher> watcher_ GUARDED_BY(mutex_);  // status() may look at it at any time

  Thread thread_;
};

}  // namespace fsdb
