// Holds hints back until a path has been quiet for a while, so that a burst of writes to one file
// becomes one sync.
//
// Threads: watcher threads call add(); the sync thread calls takeDue() and nextDeadline(). Any of
// them may run at the same time. There is no thread, timer or callback in here: the caller asks
// what is due, which is why the tests need no sleeps.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "files/hint.h"

namespace fsdb {

// A hint together with the source it is about.
struct SourceHint {
  size_t source = 0;
  Hint hint;

  friend bool operator==(const SourceHint&, const SourceHint&) = default;
};

class Debouncer {
 public:
  // A path is due once it has had no hint for `quiet`, or at the latest `maxWait` after its first,
  // so that a file written without pause is still synced. Whatever `quiet` is, a path that is gone
  // waits kGoneQuiet, so that delete and create become one change, and one that is being written
  // waits kWritingQuiet for its writer to close it; a rename's halves become due together.
  // `clock` must outlive this object.
  Debouncer(std::chrono::milliseconds quiet, std::chrono::milliseconds maxWait, const Clock& clock);

  static constexpr std::chrono::milliseconds kGoneQuiet{100};
  static constexpr std::chrono::milliseconds kWritingQuiet{100};

  // More paths than this at once collapse into one hint on the whole source.
  static constexpr size_t kMaxPaths = 100'000;

  // Records a hint. Of several for one path the widest scope and the last kind count.
  void add(size_t source, Hint hint) EXCLUDES(mutex_);

  // Removes and returns the hints that are due now, ordered by source and path, without those that
  // a wider one covers.
  std::vector<SourceHint> takeDue() EXCLUDES(mutex_);

  // Removes and returns all: for a barrier that must not miss what has been hinted so far.
  std::vector<SourceHint> takeAll() EXCLUDES(mutex_);

  // When takeDue() will next have something to return; nullopt if nothing waits.
  std::optional<SteadyTime> nextDeadline() const EXCLUDES(mutex_);

  size_t size() const EXCLUDES(mutex_);

 private:
  struct Pending {
    Hint hint;
    SteadyTime first;
    SteadyTime last;
  };
  using Key = std::pair<size_t, std::string>;

  SteadyTime deadlineOf(const Pending& pending) const;

  const std::chrono::milliseconds quiet_;
  const std::chrono::milliseconds maxWait_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<Key, Pending> pending_ GUARDED_BY(mutex_);
};

}  // namespace fsdb
