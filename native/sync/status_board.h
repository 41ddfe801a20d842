// How the sync stands: written by the sync thread, read by any thread, told to the listener.
//
// Threads: setters belong to the sync thread, read() to any. The listener is called on the sync
// thread, without a lock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "sync/error_log.h"
#include "sync/sync_report.h"

namespace fsdb {

using SharedReport = std::shared_ptr<const SyncReport>;

// What a sync tells unasked. Every function is there.
struct SyncListener {
  std::function<void(SharedReport)> onSync;
  std::function<void(const FileError&)> onFileError;
  std::function<void(SyncState)> onState;
  std::function<void(const Error&)> onWarning;
};

class StatusBoard {
 public:
  explicit StatusBoard(SyncListener listener) : listener_(std::move(listener)) {}

  // Tells the listener if it is news.
  void setState(SyncState state) EXCLUDES(mutex_);
  void warn(const Error& warning) { listener_.onWarning(warning); }

  void setLeader(bool leads, std::optional<int64_t> pid) EXCLUDES(mutex_);
  void setGeneration(int64_t generation) EXCLUDES(mutex_);
  void countRescan() EXCLUDES(mutex_);
  void setDegraded(std::vector<std::string> reasons) EXCLUDES(mutex_);

  // Keeps the report as the last one, and tells the listener.
  void publish(const SharedReport& report) EXCLUDES(mutex_);

  // Takes over what the last look at some files came to; returns how many of them have failed.
  // Errors that are news are told to the listener.
  int64_t note(const std::vector<FileVerdict>& verdicts, SteadyTime now);

  // Replaces the problems that `wasLookedAt` says are old by the ones that were found.
  void noteProblems(const std::vector<FileError>& found,
                    const std::function<bool(const FileError&)>& wasLookedAt, SteadyTime now);

  // Errors that stand in the database, in place of those that were known: no news.
  void recall(const std::vector<FileError>& errors, SteadyTime now) {
    errors_.replace(errors, now);
  }

  // The same while errors of our own wait to be tried again.
  void reconcile(const std::vector<FileError>& errors, SteadyTime now) {
    errors_.reconcile(errors, now);
  }

  std::optional<Error> findError(const std::string& type, const std::string& path) const {
    return errors_.find({type, path});
  }

  // The files, and what the scan could not see, whose time to be tried again has come.
  std::vector<ErrorLog::Key> takeRetries(SteadyTime now);
  std::optional<SteadyTime> nextRetry() const;

  // All but what the watcher and the debouncer know.
  SyncStatus read() const EXCLUDES(mutex_);

 private:
  const SyncListener listener_;
  ErrorLog errors_;    // of files
  ErrorLog problems_;  // of what the scan could not see
  mutable Mutex mutex_;
  SyncStatus status_ GUARDED_BY(mutex_);
};

}  // namespace fsdb
