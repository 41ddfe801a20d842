#include "addon/conversions.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "base/clock.h"

namespace fsdb {
namespace {

// No query is nested as deeply as this; an object that contains itself is.
constexpr int kMaxQueryDepth = 100;

// The largest time that a JavaScript Date can hold, in milliseconds from 1970.
constexpr double kMaxDateMs = 8.64e15;

Napi::Error wrong(const Napi::Value& value, const std::string& name, const char* what) {
  return Napi::TypeError::New(value.Env(), name + " " + what);
}

bool isIdentifier(const std::string& text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string member(const std::string& name, const std::string& key) {
  return isIdentifier(key) ? name + "." + key : name + "[\"" + key + "\"]";
}

QueryValue fromBigInt(const Napi::Value& value, const std::string& name) {
  bool lossless = false;
  const int64_t number = value.As<Napi::BigInt>().Int64Value(&lossless);
  if (!lossless) {
    throw Napi::RangeError::New(value.Env(), name + " does not fit into 64 bits");
  }
  return {number};
}

QueryValue fromNumber(const Napi::Value& value, const std::string& name) {
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number)) {
    throw wrong(value, name, std::isnan(number) ? "is NaN" : "is infinite");
  }
  constexpr double kExact = 9007199254740992;  // 2^53
  if (number == std::floor(number) && std::abs(number) <= kExact) {
    return {static_cast<int64_t>(number)};
  }
  return {number};
}

QueryValue fromDate(const Napi::Value& value, const std::string& name) {
  const double ms = value.As<Napi::Date>().ValueOf();
  if (!(std::abs(ms) <= kMaxDateMs)) throw wrong(value, name, "is an invalid Date");
  const std::chrono::milliseconds sinceEpoch(static_cast<int64_t>(ms));
  return {toIso(WallTime(std::chrono::duration_cast<WallTime::duration>(sinceEpoch)))};
}

QueryValue convert(const Napi::Value& value, const std::string& name, int depth);

QueryValue fromArray(const Napi::Array& array, const std::string& name, int depth) {
  QueryValue::Array elements;
  const uint32_t length = array.Length();
  elements.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    const Napi::HandleScope scope(array.Env());
    elements.push_back(convert(array.Get(i), name + "[" + std::to_string(i) + "]", depth + 1));
  }
  return {std::move(elements)};
}

QueryValue fromObject(const Napi::Object& object, const std::string& name, int depth) {
  napi_value keys = nullptr;
  check(object.Env(), napi_get_all_property_names(
                          object.Env(), object, napi_key_own_only,
                          static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
                          napi_key_numbers_to_strings, &keys));
  const Napi::Array names(object.Env(), keys);
  QueryValue::Object members;
  const uint32_t length = names.Length();
  members.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    const Napi::HandleScope scope(object.Env());
    const Napi::Value key = names.Get(i);
    std::string text = toText(key);
    auto converted = convert(object.Get(key), member(name, text), depth + 1);
    members.emplace_back(std::move(text), std::move(converted));
  }
  return {std::move(members)};
}

bool isBytes(const Napi::Value& value) {
  return value.IsTypedArray() || value.IsArrayBuffer() || value.IsDataView();
}

QueryValue convert(const Napi::Value& value, const std::string& name, int depth) {
  if (depth > kMaxQueryDepth) throw wrong(value, name, "is nested too deeply, or contains itself");
  switch (value.Type()) {
    case napi_null:
      return {};
    case napi_boolean:
      return {value.As<Napi::Boolean>().Value()};
    case napi_number:
      return fromNumber(value, name);
    case napi_string:
      return {toText(value)};
    case napi_bigint:
      return fromBigInt(value, name);
    case napi_undefined:
      throw wrong(value, name, "is undefined");
    case napi_function:
      throw wrong(value, name, "is a function");
    case napi_symbol:
      throw wrong(value, name, "is a symbol");
    default:
      break;
  }
  if (value.IsArray()) return fromArray(value.As<Napi::Array>(), name, depth);
  if (value.IsDate()) return fromDate(value, name);
  if (isBytes(value)) throw wrong(value, name, "is binary; documents are JSON");
  if (value.IsPromise()) throw wrong(value, name, "is a promise; await it");
  return fromObject(value.As<Napi::Object>(), name, depth);
}

}  // namespace

void check(napi_env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

napi_value toJs(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  const char* data = text.data() == nullptr ? "" : text.data();
  check(env, napi_create_string_utf8(env, data, text.size(), &value));
  return value;
}

napi_value toJs(napi_env env, double number) {
  napi_value value = nullptr;
  check(env, napi_create_double(env, number, &value));
  return value;
}

napi_value toJs(napi_env env, int64_t number) { return toJs(env, static_cast<double>(number)); }

napi_value toBigInt(napi_env env, int64_t number) {
  napi_value value = nullptr;
  check(env, napi_create_bigint_int64(env, number, &value));
  return value;
}

napi_value toBuffer(napi_env env, std::string_view bytes) {
  napi_value value = nullptr;
  check(env, napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &value));
  return value;
}

napi_value toJsOrNull(napi_env env, const std::optional<std::string>& text) {
  return text ? toJs(env, std::string_view(*text)) : null(env);
}

napi_value null(napi_env env) {
  napi_value value = nullptr;
  check(env, napi_get_null(env, &value));
  return value;
}

napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  check(env, napi_get_undefined(env, &value));
  return value;
}

std::string toText(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }

bool toSwitch(const Napi::CallbackInfo& info) {
  if (info.Length() == 0) return true;
  if (info[0].IsBoolean()) return info[0].As<Napi::Boolean>().Value();
  throw Napi::TypeError::New(info.Env(), "Expected first argument to be a boolean");
}

std::optional<std::string> toOptionalText(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  return toText(value);
}

std::optional<int64_t> toOptionalInteger(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  return value.As<Napi::Number>().Int64Value();
}

std::vector<std::string> toTexts(const Napi::Value& array) {
  const auto elements = array.As<Napi::Array>();
  std::vector<std::string> texts;
  const uint32_t length = elements.Length();
  texts.reserve(length);
  for (uint32_t i = 0; i < length; i++) texts.push_back(toText(elements.Get(i)));
  return texts;
}

QueryValue toQueryValue(const Napi::Value& value, const std::string& name) {
  return convert(value, name, 0);
}

}  // namespace fsdb
