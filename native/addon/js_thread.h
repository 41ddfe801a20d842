// The JavaScript thread of one environment - the main thread or a Worker - as other threads see it.
//
// Node destroys thread-safe functions while an environment shuts down, whatever their thread count
// says, so a native thread that keeps one may call into freed memory. There is therefore one per
// environment, in here, and a lock between its last use and its end.
//
// Threads: any thread may call post(). Everything else belongs to the JavaScript thread.
#pragma once

#include <napi.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

#include "base/mutex.h"

namespace fsdb {

class JsThread {
 public:
  // A task must not own anything that belongs to the environment, such as a reference: it may end
  // on the thread that posted it. If it throws, the exception is uncaught, as one from a listener
  // of an EventEmitter is.
  using Task = std::function<void(Napi::Env)>;

  static std::shared_ptr<JsThread> create(Napi::Env env);
  ~JsThread();
  JsThread(const JsThread&) = delete;
  JsThread& operator=(const JsThread&) = delete;

  // Runs `task` on the JavaScript thread, after those that were posted before. Never waits. After
  // the environment's end it does nothing.
  void post(Task task) EXCLUDES(mutex_);

  // While more holds than releases have been asked for, the event loop goes on.
  void hold();
  void letGo();

  // Drops the tasks that wait; from here on post() does nothing.
  void close() EXCLUDES(mutex_);

 private:
  JsThread() = default;
  static void onWake(napi_env env, napi_value function, void* self, void* data);
  void runTasks(Napi::Env env) EXCLUDES(mutex_);
  void runRestLater(Napi::Env env, std::deque<Task> rest) EXCLUDES(mutex_);

  // The JavaScript thread's.
  int holds_ = 0;
  napi_env env_ = nullptr;
  bool restIsDue_ = false;  // in the next turn of the event loop
  std::chrono::steady_clock::time_point sliceBegin_;
  std::chrono::steady_clock::time_point sliceEnd_;

  Mutex mutex_;
  napi_threadsafe_function queue_ GUARDED_BY(mutex_) = nullptr;  // null: the environment ended
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool woken_ GUARDED_BY(mutex_) = false;  // a call of onWake() is under way
};

}  // namespace fsdb
