// Keeps the database equal to its folders, on native threads: watches, decides when to look, runs
// one pass at a time, and tells what came of it.
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
#include "base/thread_pool.h"
#include "documents/document_reader.h"
#include "files/debouncer.h"
#include "files/scanner.h"
#include "files/watcher.h"
#include "sqlite/connection.h"
#include "sqlite/writer.h"
#include "sync/error_log.h"
#include "sync/leader_lock.h"
#include "sync/source.h"
#include "sync/sync_pass.h"
#include "sync/sync_report.h"

namespace fsdb {

using SharedReport = std::shared_ptr<const SyncReport>;

// What an engine tells unasked.
struct SyncListener {
  std::function<void(SharedReport)> onSync;
  std::function<void(const FileError&)> onFileError;
  std::function<void(SyncState)> onState;
  std::function<void(const Error&)> onWarning;
};

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
  static Result<std::unique_ptr<SyncEngine>> create(SyncConfig config,
                                                    const std::string& databasePath,
                                                    std::unique_ptr<Connection> connection,
                                                    Environment environment);
  // As close().
  ~SyncEngine();

  const SyncConfig& config() const { return config_; }

  // Reports the first sync, as soon as it has ended; of a process that follows another one, as soon
  // as there has been one.
  void ready(Done<SharedReport> done) EXCLUDES(mutex_);

  // Looks at every file of `type`, or of all types; with `full`, reads each of them.
  void sync(const std::optional<std::string>& type, bool full, Done<SharedReport> done)
      EXCLUDES(mutex_);

  // Writes `json` as the document (type, id) to its file, atomically, then the row.
  // kConflict: the document's own id is another, or another file has taken it.
  void save(const std::string& type, const std::string& id, const std::string& json,
            Done<StoredDocument> done) EXCLUDES(mutex_);

  // Deletes the file of the document, then its row. False: there is no such document.
  void remove(const std::string& type, const std::string& id, Done<bool> done) EXCLUDES(mutex_);

  SyncStatus status() const EXCLUDES(mutex_);

  // Ends the pass that is running at the next file, answers everything that waits with kClosed,
  // joins the threads. What has been committed stays. Calling it again is harmless.
  void close() EXCLUDES(mutex_);

 private:
  struct Command {
    std::function<void()> run;
    std::function<void(const Error&)> fail;
  };

  SyncEngine(SyncConfig config, const std::string& databasePath,
             std::unique_ptr<Connection> connection, Environment environment);
  Result<void> prepare();

  template <typename T>
  void post(Done<T> done, std::function<Result<T>()> run) EXCLUDES(mutex_);

  // All below runs on the sync thread.
  void work();
  bool waitForWork() EXCLUDES(mutex_);
  void runCommands() EXCLUDES(mutex_);
  SteadyTime nextWake() const;
  void shutDown() EXCLUDES(mutex_);

  void checkLeadership();
  void startLeading();
  void startWatching() EXCLUDES(mutex_);
  void ensureScanner();
  std::vector<Look> refreshRoots();
  void syncDue();
  std::vector<Look> dueLooks(bool& rescan);
  std::vector<Look> retriesDue(ErrorLog& log);

  Result<SharedReport> pass(SyncReason reason, std::vector<Look> looks);
  Result<PassResult> runPass(const std::vector<Look>& looks);
  SharedReport publish(SyncReason reason, PassResult result, const std::vector<Look>& looks,
                       SteadyTime begin) EXCLUDES(mutex_);
  void retryLater(const std::vector<Look>& looks, const Error& error);
  int64_t noteVerdicts(const std::vector<FileVerdict>& verdicts);
  void noteProblems(const std::vector<FileError>& problems, const std::vector<Look>& looks);
  void answerReady(const Result<SharedReport>& outcome) EXCLUDES(mutex_);
  Result<SharedReport> syncNow(const std::optional<std::string>& type, bool full);
  Result<StoredDocument> saveNow(const std::string& type, const std::string& id,
                                 const std::string& json);
  Result<std::string> pathToSave(size_t source, const std::string& id);
  Result<bool> removeNow(const std::string& type, const std::string& id);
  std::optional<size_t> sourceOf(const std::string& type) const;
  std::vector<Look> everything(const std::optional<std::string>& type, bool full) const;
  SyncState restingState() const;
  void setState(SyncState state) EXCLUDES(mutex_);
  void refreshDegraded() EXCLUDES(mutex_);

  const SyncConfig config_;
  const std::string databasePath_;
  const Environment environment_;
  Debouncer debouncer_;
  ErrorLog errors_;
  ErrorLog problems_;
  std::atomic<bool> closing_{false};

  // The sync thread's.
  std::unique_ptr<Connection> connection_;
  std::optional<FileTable> files_;
  std::optional<DocumentReader> documents_;
  std::vector<SyncSource> sources_;
  std::unique_ptr<ChangeApplier> applier_;  // the writer thread's; ended by a job of its own
  LeaderLock leaderLock_;
  bool working_ = false;           // it has taken up its work: it leads, or does not watch
  std::vector<Look> failedLooks_;  // of passes that the database refused
  int64_t failedPasses_ = 0;       // in a row
  std::optional<Error> databaseError_;
  SteadyTime nextCheck_{};       // of roots or of the leader
  SteadyTime nextFailedLook_{};  // when failedLooks_ are due

  mutable Mutex mutex_;
  ConditionVariable wake_;
  std::deque<Command> commands_ GUARDED_BY(mutex_);
  std::vector<Done<SharedReport>> waitingForReady_ GUARDED_BY(mutex_);
  SharedReport firstReport_ GUARDED_BY(mutex_);
  SharedReport lastReport_ GUARDED_BY(mutex_);
  SyncState state_ GUARDED_BY(mutex_) = SyncState::kStarting;
  std::vector<std::string> degraded_ GUARDED_BY(mutex_);
  std::optional<int64_t> leaderPid_ GUARDED_BY(mutex_);
  bool leader_ GUARDED_BY(mutex_) = false;
  int64_t generation_ GUARDED_BY(mutex_) = 0;
  int64_t rescans_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;

  std::unique_ptr<ThreadPool> pool_;
  std::shared_ptr<Watcher> watcher_ GUARDED_BY(mutex_);  // status() may look at it meanwhile
  std::unique_ptr<Scanner> scanner_;
  Thread thread_;
};

}  // namespace fsdb
