#include "base/thread_pool.h"

#include <system_error>
#include <utility>

namespace fsdb {

ThreadPool::ThreadPool(const std::string& name, size_t threads) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; i++) {
    try {
      threads_.emplace_back(name, [this] { work(); });
    } catch (const std::system_error&) {
      // Fewer do as well, none do not.
      if (threads_.empty()) throw;
      return;
    }
  }
}

ThreadPool::~ThreadPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notifyAll();
  }
  threads_.clear();
}

void ThreadPool::submit(Task task) {
  MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  wake_.notifyOne();
}

void ThreadPool::runBoth(const Task& there, const Task& here) {
  struct {
    Mutex mutex;
    ConditionVariable condition;
    bool isDone GUARDED_BY(mutex) = false;
  } outcome;
  submit([&] {
    there();
    // Notified under the lock: `outcome` is gone as soon as this function has seen the change.
    MutexLock lock(outcome.mutex);
    outcome.isDone = true;
    outcome.condition.notifyOne();
  });
  here();
  MutexLock lock(outcome.mutex);
  while (!outcome.isDone) outcome.condition.wait(outcome.mutex);
}

void ThreadPool::work() {
  while (true) {
    Task task;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && tasks_.empty()) wake_.wait(mutex_);
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace fsdb
