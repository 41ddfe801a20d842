// A sink for a watcher's hints that a test can wait on, or hold up.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "files/debouncer.h"
#include "files/watch_table.h"
#include "files/watcher.h"

namespace fsdb {

class HintCollector {
 public:
  using Hints = std::vector<SourceHint>;

  // This object must outlive the watcher that gets it.
  HintSink sink() {
    return [this](size_t source, Hint hint) { receive({source, std::move(hint)}); };
  }

  Hints take() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return std::exchange(hints_, {});
  }

  Hints hints() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return hints_;
  }

  // True as soon as what has come so far fulfils the predicate; false after a minute without.
  bool waitFor(const std::function<bool(const Hints&)>& predicate) EXCLUDES(mutex_) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    MutexLock lock(mutex_);
    while (!predicate(hints_)) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      changed_.waitUntil(mutex_, deadline);
    }
    return true;
  }

  // From now on the watcher's thread stays in the sink until release().
  void hold() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    isHeld_ = true;
  }
  void waitUntilHolding() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!isHolding_) changed_.wait(mutex_);
  }
  void release() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    isHeld_ = false;
    changed_.notifyAll();
  }

 private:
  void receive(SourceHint hint) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (isHeld_) {
      isHolding_ = true;
      changed_.notifyAll();
      changed_.wait(mutex_);
    }
    isHolding_ = false;
    hints_.push_back(std::move(hint));
    changed_.notifyAll();
  }

  Mutex mutex_;
  ConditionVariable changed_;
  Hints hints_ GUARDED_BY(mutex_);
  bool isHeld_ GUARDED_BY(mutex_) = false;
  bool isHolding_ GUARDED_BY(mutex_) = false;
};

// Do the hints make somebody look at `path`?
inline bool covers(const HintCollector::Hints& hints, size_t source, std::string_view path) {
  return std::any_of(hints.begin(), hints.end(), [&](const SourceHint& entry) {
    if (entry.source != source) return false;
    return entry.hint.path == path ||
           (entry.hint.scope == HintScope::kSubtree && isWithin(path, entry.hint.path));
  });
}

inline bool contains(const HintCollector::Hints& hints, const SourceHint& hint) {
  return std::find(hints.begin(), hints.end(), hint) != hints.end();
}

}  // namespace fsdb
