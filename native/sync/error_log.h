// The files that are not, or not up to date, in the database, and when to try them again.
//
// Threads: the sync thread changes it; any thread may ask.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "sync/sync_report.h"

namespace fsdb {

class ErrorLog {
 public:
  using Key = std::pair<std::string, std::string>;  // type, path

  // Records `error` in place of what was known of the file. True if it is news: another code,
  // message or position than before.
  bool add(const FileError& error, SteadyTime now) EXCLUDES(mutex_);

  // Forgets what was known and records `errors`.
  void replace(const std::vector<FileError>& errors, SteadyTime now) EXCLUDES(mutex_);

  void remove(const Key& key) EXCLUDES(mutex_);

  // Removes and returns the files whose time to be tried again has come.
  std::vector<Key> takeDue(SteadyTime now) EXCLUDES(mutex_);

  // When the next file is due; nullopt: none waits.
  std::optional<SteadyTime> nextDeadline() const EXCLUDES(mutex_);

  std::vector<FileError> all() const EXCLUDES(mutex_);
  // The same, but what is known and the same stays as it is, with its time to be tried again.
  void reconcile(const std::vector<FileError>& errors, SteadyTime now) EXCLUDES(mutex_);

  std::optional<Error> find(const Key& key) const EXCLUDES(mutex_);
  size_t waiting() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<Key, FileError> errors_ GUARDED_BY(mutex_);
  std::map<Key, SteadyTime> retries_ GUARDED_BY(mutex_);
};

}  // namespace fsdb
