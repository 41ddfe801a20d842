// A clock that moves only when a test says so.
#pragma once

#include <chrono>
#include <vector>

#include "base/clock.h"

namespace fsdb {

class FakeClock final : public Clock {
 public:
  SteadyTime now() const override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return now_;
  }
  WallTime wallNow() const override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return wall_;
  }

  // Threads that wait for a deadline look again every millisecond of real time, so that advance()
  // needs to know nothing of who is waiting.
  void waitUntil(ConditionVariable& condition, Mutex& mutex, SteadyTime deadline) const override
      REQUIRES(mutex) {
    if (now() >= deadline) return;
    condition.waitUntil(mutex, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
  }

  void advance(std::chrono::nanoseconds by) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    now_ += std::chrono::duration_cast<SteadyTime::duration>(by);
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
  }

 private:
  mutable Mutex mutex_;
  SteadyTime now_ GUARDED_BY(mutex_) = SteadyTime(std::chrono::hours(1));
  WallTime wall_ GUARDED_BY(mutex_) = WallTime(std::chrono::seconds(1'767'225'600));  // 2026-01-01
};

}  // namespace fsdb
