#include "addon/callbacks.h"

#include "addon/conversions.h"
#include "addon/parameters.h"

namespace fsdb {
namespace {

napi_value argument(napi_env env, const FunctionArguments& arguments, int index,
                    bool safeIntegers) {
  switch (arguments.type(index)) {
    case ValueType::kInteger:
      return safeIntegers ? toBigInt(env, arguments.integer(index))
                          : toJs(env, arguments.integer(index));
    case ValueType::kReal:
      return toJs(env, arguments.real(index));
    case ValueType::kText:
      return toJs(env, arguments.text(index));
    case ValueType::kBlob:
      return toBuffer(env, arguments.blob(index));
    case ValueType::kNull:
      break;
  }
  return null(env);
}

void returnNumber(double number, FunctionOutcome& outcome) {
  if (isIntegral(number)) return outcome.set(static_cast<int64_t>(number));
  outcome.set(number);
}

void returnBigInt(const Napi::BigInt& value, FunctionOutcome& outcome, const std::string& what) {
  bool lossless = false;
  const int64_t number = Napi::BigInt(value).Int64Value(&lossless);
  if (lossless) return outcome.set(number);
  throw Napi::RangeError::New(value.Env(), what + " a bigint that was too big");
}

}  // namespace

Callback toCallback(const Napi::Value& function) {
  if (!function.IsFunction()) return nullptr;
  return std::make_shared<Napi::FunctionReference>(Napi::Weak(function.As<Napi::Function>()));
}

Napi::Value call(const Callback& callback, const std::vector<napi_value>& arguments) {
  const Napi::Function function = callback->Value();
  if (function.IsEmpty()) {
    throw Napi::TypeError::New(callback->Env(), "the database of this function was collected");
  }
  return function.Call(arguments);
}

std::vector<napi_value> toJs(napi_env env, const FunctionArguments& arguments, bool safeIntegers,
                             std::vector<napi_value> before) {
  for (int i = 0; i < arguments.count(); i++) {
    before.push_back(argument(env, arguments, i, safeIntegers));
  }
  return before;
}

void returnValue(const Napi::Value& value, FunctionOutcome& outcome, const std::string& what) {
  switch (value.Type()) {
    case napi_number:
      return returnNumber(value.As<Napi::Number>().DoubleValue(), outcome);
    case napi_string:
      return outcome.setText(toText(value));
    case napi_bigint:
      return returnBigInt(value.As<Napi::BigInt>(), outcome, what);
    case napi_boolean:
      return outcome.set(int64_t{value.As<Napi::Boolean>().Value()});
    case napi_null:
    case napi_undefined:
      return outcome.setNull();
    default:
      break;
  }
  std::string_view bytes;
  if (value.IsObject() && bytesOf(value.Env(), value, bytes)) return outcome.setBlob(bytes);
  throw Napi::TypeError::New(value.Env(), what + " an invalid value");
}

}  // namespace fsdb
