// A thread for what may take long, such as the end of a handle, so that JavaScript does not wait
// for it.
//
// Threads: post() and finish() belong to the JavaScript thread; the tasks run on a thread of their
// own, in order.
#pragma once

#include <deque>
#include <functional>

#include "base/mutex.h"
#include "base/thread.h"

namespace fsdb {

class Background {
 public:
  using Task = std::function<void()>;

  // `name` of the thread; it must outlive this object.
  explicit Background(const char* name) : name_(name) {}
  ~Background() { finish(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // The first task starts the thread.
  void post(Task task) EXCLUDES(mutex_);

  // Waits until everything that was posted is done, and ends the thread.
  void finish() EXCLUDES(mutex_);

 private:
  void work() EXCLUDES(mutex_);

  const char* const name_;
  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool finishing_ GUARDED_BY(mutex_) = false;
  bool started_ = false;  // the JavaScript thread's
  Thread thread_;
};

}  // namespace fsdb
