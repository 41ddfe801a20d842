// The time, as a parameter, so that tests pass time instead of waiting for it.
#pragma once

#include <chrono>
#include <string>

#include "base/mutex.h"

namespace fsdb {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  // For delays and deadlines: never goes back, does not follow changes of the system's clock.
  virtual SteadyTime now() const = 0;

  // For time stamps that people read.
  virtual WallTime wallNow() const = 0;

  // Waits on `condition` until it is notified or now() has reached `deadline`; may end early.
  virtual void waitUntil(ConditionVariable& condition, Mutex& mutex, SteadyTime deadline) const
      REQUIRES(mutex) = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wallNow() const override { return std::chrono::system_clock::now(); }
  void waitUntil(ConditionVariable& condition, Mutex& mutex, SteadyTime deadline) const override
      REQUIRES(mutex) {
    condition.waitUntil(mutex, deadline);
  }
};

// "2026-03-01T12:00:00.123Z": ISO 8601, UTC, milliseconds.
std::string toIso(WallTime time);

}  // namespace fsdb
