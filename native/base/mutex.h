// std::mutex and std::condition_variable with Clang thread-safety annotations.
//
// libstdc++ does not annotate std::mutex, so GUARDED_BY(std::mutex) cannot be checked there. These
// thin classes can: `cmake --preset analyze` fails on a member that is used without its lock. On
// other compilers the macros expand to nothing.
// Source: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FSDB_ANNOTATE(x) __attribute__((x))
#else
#define FSDB_ANNOTATE(x)
#endif

#define GUARDED_BY(x) FSDB_ANNOTATE(guarded_by(x))
#define REQUIRES(...) FSDB_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) FSDB_ANNOTATE(locks_excluded(__VA_ARGS__))

namespace fsdb {

class FSDB_ANNOTATE(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() FSDB_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void unlock() FSDB_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  friend class ConditionVariable;
  std::mutex mutex_;
};

class FSDB_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FSDB_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() FSDB_ANNOTATE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits may end early, as with std::condition_variable: call them in a loop.
class ConditionVariable {
 public:
  void notifyOne() { condition_.notify_one(); }
  void notifyAll() { condition_.notify_all(); }

  void wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  void waitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_until(lock, deadline);
    lock.release();
  }

 private:
  std::condition_variable condition_;
};

}  // namespace fsdb
