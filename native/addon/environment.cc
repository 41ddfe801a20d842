#include "addon/environment.h"

#include "addon/database.h"

namespace fsdb {
namespace {

// Instance data must be an object of its own: databases may outlive it by a moment.
struct Holder {
  std::shared_ptr<Environment> environment;
};

}  // namespace

void Environment::create(Napi::Env env) {
  auto environment = std::make_shared<Environment>(env);
  // Registered after the thread-safe function, and so run before Node ends that. Does not run when
  // the main thread ends by process.exit(): closeAll() is for that.
  env.AddCleanupHook([](Environment* ending) { ending->shutDown(); }, environment.get());
  env.SetInstanceData(new Holder{std::move(environment)});
}

std::shared_ptr<Environment> Environment::of(Napi::Env env) {
  const auto* holder = env.GetInstanceData<Holder>();
  return holder == nullptr ? nullptr : holder->environment;
}

Environment::Environment(Napi::Env env) : js_(JsThread::create(env)), factories_(env) {}

void Environment::accountMemory(int64_t bytes) {
  if (ended_) return;
  int64_t total = 0;
  napi_adjust_external_memory(factories_.env(), bytes, &total);
}

uint64_t Environment::add(DatabaseObject& object) {
  objects_.emplace(nextNumber_, &object);
  return nextNumber_++;
}

uint64_t Environment::atEnd(std::function<void()> task) {
  atEnd_.emplace(nextNumber_, std::move(task));
  return nextNumber_++;
}

DatabaseObject* Environment::find(uint64_t number) const {
  const auto found = objects_.find(number);
  return found == objects_.end() ? nullptr : found->second;
}

void Environment::closeAll() {
  while (!objects_.empty()) objects_.begin()->second->closeNow({});
  copying_.finish();
  for (const auto& [number, task] : atEnd_) task();
  atEnd_.clear();
  background_.finish();
}

void Environment::shutDown() {
  // First, so that nothing is settled or emitted while, or after, the threads end.
  js_->close();
  ended_ = true;
  closeAll();
  calls_.clear();
  factories_.clear();
}

uint64_t Environment::begin(DatabaseObject& owner, const Napi::Promise::Deferred& deferred) {
  owner.Ref();
  js_->hold();
  const uint64_t number = nextNumber_++;
  calls_.emplace(number, Call{deferred, &owner});
  return number;
}

Environment::Call Environment::end(uint64_t number) {
  const auto found = calls_.find(number);
  Call call = found->second;
  calls_.erase(found);
  js_->letGo();
  call.owner->Unref();
  return call;
}

}  // namespace fsdb
