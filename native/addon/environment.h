// What the addon keeps per environment - the main thread, a Worker, or a second load of the addon
// into one of them: nothing in here is shared between environments.
//
// Threads: the JavaScript thread. Others reach it through js()->post().
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "addon/background.h"
#include "addon/factories.h"
#include "addon/js_thread.h"
#include "base/result.h"

namespace fsdb {

class DatabaseObject;

class Environment {
 public:
  // Makes the environment's one and registers its end.
  static void create(Napi::Env env);
  // Null after the environment's end.
  static std::shared_ptr<Environment> of(Napi::Env env);

  explicit Environment(Napi::Env env);

  const std::shared_ptr<JsThread>& js() const { return js_; }
  Background& background() { return background_; }
  // For backups.
  Background& copying() { return copying_; }
  Factories& factories() { return factories_; }

  // JavaScript cannot be called any more.
  bool hasEnded() const { return ended_; }

  // Tells V8 how much more, or less, memory its objects keep, so that it collects in time.
  void accountMemory(int64_t bytes);

  // The open databases. Numbers are never used twice.
  uint64_t add(DatabaseObject& object);
  void remove(uint64_t number) { objects_.erase(number); }
  DatabaseObject* find(uint64_t number) const;

  // Called at the environment's end, after the threads for copying, unless forgotten before.
  uint64_t atEnd(std::function<void()> task);
  void forgetAtEnd(uint64_t number) { atEnd_.erase(number); }

  // Closes every database and waits until the last thread has ended.
  void closeAll();

  // A promise that another thread settles, by the `Done` that `start` is given. Until then `owner`
  // is not collected and the event loop goes on. `convert` makes the value, on this thread, and
  // `toError` what the promise is rejected with.
  using ToError = Napi::Error (Factories::*)(const Error&) const;
  template <typename T, typename Start>
  Napi::Value promise(DatabaseObject& owner, const Start& start,
                      Napi::Value (*convert)(Napi::Env, const T&),
                      ToError toError = &Factories::error);

 private:
  struct Call {
    Napi::Promise::Deferred deferred;
    DatabaseObject* owner;
  };

  void shutDown();
  uint64_t begin(DatabaseObject& owner, const Napi::Promise::Deferred& deferred);
  Call end(uint64_t number);
  template <typename T>
  static void settle(Napi::Env env, uint64_t number, const Result<T>& result,
                     Napi::Value (*convert)(Napi::Env, const T&), ToError toError);

  const std::shared_ptr<JsThread> js_;
  Background background_{"fsdb-close"};
  Background copying_{"fsdb-backup"};
  Factories factories_;
  bool ended_ = false;
  uint64_t nextNumber_ = 1;
  std::map<uint64_t, DatabaseObject*> objects_;
  std::map<uint64_t, std::function<void()>> atEnd_;
  std::unordered_map<uint64_t, Call> calls_;
};

template <typename T, typename Start>
Napi::Value Environment::promise(DatabaseObject& owner, const Start& start,
                                 Napi::Value (*convert)(Napi::Env, const T&), ToError toError) {
  const auto deferred = Napi::Promise::Deferred::New(factories_.env());
  const uint64_t number = begin(owner, deferred);
  // May be called on any thread, before `start` returns, or never: then the environment has ended.
  start([js = js_, number, convert, toError](Result<T> result) {
    js->post([number, convert, toError,
              result = std::make_shared<const Result<T>>(std::move(result))](Napi::Env env) {
      settle(env, number, *result, convert, toError);
    });
  });
  return deferred.Promise();
}

template <typename T>
void Environment::settle(Napi::Env env, uint64_t number, const Result<T>& result,
                         Napi::Value (*convert)(Napi::Env, const T&), ToError toError) {
  const auto environment = of(env);
  if (!environment) return;
  const Call call = environment->end(number);
  if (!result) {
    return call.deferred.Reject((environment->factories_.*toError)(result.error()).Value());
  }
  try {
    call.deferred.Resolve(convert(env, *result));
  } catch (const Napi::Error& error) {
    call.deferred.Reject(error.Value());
  }
}

}  // namespace fsdb
