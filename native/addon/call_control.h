// Calls off what was started with it, as binding.d.ts describes it.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>

#include "database/call.h"

namespace fsdb {

class CallControl : public Napi::ObjectWrap<CallControl> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit CallControl(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

  // Of the object that lib/ hands over; null for undefined.
  static CallControl* of(const Napi::Value& value);

  void set(const std::shared_ptr<Call>& call) { call_ = call; }

 private:
  void cancel(const Napi::CallbackInfo& info);

  std::weak_ptr<Call> call_;
};

}  // namespace fsdb
