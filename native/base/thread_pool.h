// A fixed number of threads that run tasks, first come first served.
//
// Threads: any thread may call submit(). A task may submit further tasks. The destructor waits for
// the running tasks and drops those that have not started.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace fsdb {

class ThreadPool {
 public:
  using Task = std::function<void()>;

  // `threads` is at least 1.
  ThreadPool(const std::string& name, size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void submit(Task task) EXCLUDES(mutex_);

  // Runs `there` on a thread of the pool and `here` on this one, which is none of the pool's.
  // Returns when both are done.
  void runBoth(const Task& there, const Task& here) EXCLUDES(mutex_);

  size_t size() const { return threads_.size(); }

 private:
  void work() EXCLUDES(mutex_);

  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_;
};

}  // namespace fsdb
