#include "addon/call_control.h"

#include "addon/conversions.h"

namespace fsdb {

Napi::Function CallControl::define(Napi::Env env) {
  return DefineClass(env, "CallControl", {InstanceMethod("cancel", &CallControl::cancel)});
}

CallControl* CallControl::of(const Napi::Value& value) {
  return value.IsObject() ? Unwrap(value.As<Napi::Object>()) : nullptr;
}

void CallControl::cancel(const Napi::CallbackInfo& info) {
  Error error;
  error.code = ErrorCode::kTimeout;
  error.message = toText(info[0]);
  if (const auto call = call_.lock()) call->cancel(error);
}

}  // namespace fsdb
