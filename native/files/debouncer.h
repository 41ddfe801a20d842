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
#include <set>
#include <string>
#include <unordered_map>
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
  // waits kWritingQuiet for its writer to close it; a rename's halves become due together, with the
  // earlier of the two.
  // `clock` must outlive this object.
  Debouncer(std::chrono::milliseconds quiet, std::chrono::milliseconds maxWait, const Clock& clock);
  Debouncer(const Debouncer&) = delete;
  Debouncer& operator=(const Debouncer&) = delete;

  static constexpr std::chrono::milliseconds kGoneQuiet{100};
  static constexpr std::chrono::milliseconds kWritingQuiet{100};

  // More paths of one source than this at once collapse into one hint on the whole source: looking
  // at everything is then cheaper than remembering what to look at.
  static constexpr size_t kMaxPaths = 100'000;

  // Records a hint. Of several for one path the widest scope and the last kind count. Does not wait
  // for a takeDue() at work, so that a watcher's thread keeps up with its system's queue.
  void add(size_t source, Hint hint) EXCLUDES(mutex_, inboxMutex_);

  // Removes and returns the hints that are due now, ordered by source and path, without those that
  // a wider one of them covers.
  std::vector<SourceHint> takeDue() EXCLUDES(mutex_, inboxMutex_);

  // Removes and returns all: for a barrier that must not miss what has been hinted so far.
  std::vector<SourceHint> takeAll() EXCLUDES(mutex_, inboxMutex_);

  // Does a hint wait about `path` or a directory that it is in? One about the whole source does not
  // count: it says nothing of the path.
  bool covers(size_t source, const std::string& path) EXCLUDES(mutex_, inboxMutex_);

  // When takeDue() will next have something to return; nullopt if nothing waits.
  std::optional<SteadyTime> nextDeadline() EXCLUDES(mutex_, inboxMutex_);

  // The number of paths that wait.
  size_t size() EXCLUDES(mutex_, inboxMutex_);

 private:
  struct Pending {
    Pending() = default;
    Pending(const Pending&) = delete;  // others point to it
    Pending& operator=(const Pending&) = delete;

    size_t source = 0;
    const std::string* path = nullptr;  // the key it is stored under
    HintScope scope = HintScope::kEntry;
    HintKind kind = HintKind::kSettled;
    uint32_t cookie = 0;
    SteadyTime first;
    SteadyTime last;
    SteadyTime indexed;  // where it stands in deadlines_
    // A ring of the paths that renames tie together: they leave together.
    Pending* previous = this;
    Pending* next = this;
  };
  struct Arrival {
    SteadyTime time;
    SourceHint entry;
  };
  struct Source {
    std::unordered_map<std::string, Pending> paths;
    bool collapsed = false;  // every further hint joins the one on the whole source
  };

  SteadyTime deadlineOf(const Pending& pending) const;
  void openInbox() REQUIRES(mutex_) EXCLUDES(inboxMutex_);
  void record(Arrival& arrival) REQUIRES(mutex_);
  void reindex(Pending& pending, SteadyTime deadline) REQUIRES(mutex_);
  void tie(Pending& pending, uint32_t cookie) REQUIRES(mutex_);
  void collapse(Source& source, size_t number, SteadyTime now) REQUIRES(mutex_);
  void unlink(Pending& pending) REQUIRES(mutex_);
  SourceHint remove(Pending& pending) REQUIRES(mutex_);

  const std::chrono::milliseconds quiet_;
  const std::chrono::milliseconds maxWait_;
  const Clock& clock_;

  // What came since the others last looked, so that add() never waits for them: taking 100,000
  // paths takes a while, and inotify's queue holds only 16,384 events. Locked after mutex_.
  static constexpr size_t kInboxHints = 32'768;
  Mutex inboxMutex_;
  std::vector<Arrival> inbox_ GUARDED_BY(inboxMutex_);

  Mutex mutex_;
  std::map<size_t, Source> sources_ GUARDED_BY(mutex_);
  // The paths by deadline. A deadline that moves to later is not moved here until it comes up, so
  // that the many hints of a busy file cost little.
  std::set<std::pair<SteadyTime, Pending*>> deadlines_ GUARDED_BY(mutex_);
  std::unordered_map<uint32_t, Pending*> cookies_ GUARDED_BY(mutex_);
};

}  // namespace fsdb
