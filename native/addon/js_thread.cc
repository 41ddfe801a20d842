#include "addon/js_thread.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace fsdb {
namespace {

// How long tasks may hold the event loop before everything else gets its turn.
constexpr std::chrono::milliseconds kSlice{4};

// After so long without tasks, the event loop has had its turn.
constexpr std::chrono::milliseconds kPause{1};

void runTask(Napi::Env env, const JsThread::Task& task) {
  Napi::HandleScope scope(env);
  try {
    task(env);
  } catch (const Napi::Error& error) {
    // There is no JavaScript on the stack that could catch it. Fails harmlessly while a Worker is
    // being terminated.
    napi_fatal_exception(env, error.Value());
  }
}

}  // namespace

std::shared_ptr<JsThread> JsThread::create(Napi::Env env) {
  std::shared_ptr<JsThread> thread(new JsThread);
  thread->env_ = env;
  napi_threadsafe_function queue = nullptr;
  const napi_status created = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, "filesyncdb"), 0, 1, nullptr, nullptr,
      thread.get(), &JsThread::onWake, &queue);
  NAPI_THROW_IF_FAILED(env, created, thread);
  napi_unref_threadsafe_function(env, queue);
  MutexLock lock(thread->mutex_);
  thread->queue_ = queue;
  return thread;
}

JsThread::~JsThread() = default;

void JsThread::post(Task task) {
  MutexLock lock(mutex_);
  if (queue_ == nullptr) return;
  tasks_.push_back(std::move(task));
  if (woken_) return;
  const napi_status called = napi_call_threadsafe_function(queue_, nullptr, napi_tsfn_nonblocking);
  woken_ = called == napi_ok;
  if (called == napi_closing) queue_ = nullptr;
}

void JsThread::hold() {
  MutexLock lock(mutex_);
  if (holds_++ == 0 && queue_ != nullptr) napi_ref_threadsafe_function(env_, queue_);
}

void JsThread::letGo() {
  MutexLock lock(mutex_);
  if (--holds_ == 0 && queue_ != nullptr) napi_unref_threadsafe_function(env_, queue_);
}

void JsThread::close() {
  std::deque<Task> dropped;
  MutexLock lock(mutex_);
  queue_ = nullptr;
  dropped.swap(tasks_);
}

void JsThread::onWake(napi_env env, napi_value, void* self, void*) {
  if (env == nullptr) return;  // The environment is ending: nothing can be run.
  auto* const thread = static_cast<JsThread*>(self);
  if (!thread->restIsDue_) thread->runTasks(env);
}

void JsThread::runTasks(Napi::Env env) {
  std::deque<Task> tasks;
  {
    MutexLock lock(mutex_);
    tasks.swap(tasks_);
    woken_ = false;
  }
  // While tasks keep coming, Node calls again and again in one turn of the event loop, with nothing
  // in between.
  auto now = std::chrono::steady_clock::now();
  if (now - sliceEnd_ > kPause) sliceBegin_ = now;
  while (!tasks.empty() && now - sliceBegin_ < kSlice) {
    const Task task = std::move(tasks.front());
    tasks.pop_front();
    runTask(env, task);
    now = std::chrono::steady_clock::now();
  }
  sliceEnd_ = now;
  if (!tasks.empty()) runRestLater(env, std::move(tasks));
}

// Waking the queue again would not do: Node runs a thread-safe function up to a thousand times
// before anything else gets its turn. setImmediate() lets timers and I/O go first.
void JsThread::runRestLater(Napi::Env env, std::deque<Task> rest) {
  {
    MutexLock lock(mutex_);
    if (queue_ == nullptr) return;
    tasks_.insert(tasks_.begin(), std::make_move_iterator(rest.begin()),
                  std::make_move_iterator(rest.end()));
    woken_ = true;
  }
  restIsDue_ = true;
  Napi::HandleScope scope(env);
  const auto run = [this](const Napi::CallbackInfo& info) {
    restIsDue_ = false;
    sliceEnd_ = {};
    runTasks(info.Env());
  };
  try {
    env.Global().Get("setImmediate").As<Napi::Function>().Call({Napi::Function::New(env, run)});
  } catch (const Napi::Error&) {
    // A Worker that is being terminated runs nothing any more.
  }
}

}  // namespace fsdb
