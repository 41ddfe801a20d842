#include "addon/parameter_values.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "addon/conversions.h"
#include "addon/parameters.h"

namespace fsdb {
namespace {

// A number that stands for every whole number up to it exactly.
constexpr double kExact = 9007199254740992;  // 2^53

constexpr char kDate[] =
    "SQLite has no dates: bind date.toISOString() or date.getTime() instead of a Date";
constexpr char kOther[] =
    "SQLite can only bind numbers, strings, bigints, booleans, buffers and null";
constexpr char kTooBig[] = "A BigInt does not fit into SQLite's 64-bit INTEGER";

// The value, or what is wrong with it.
struct Converted {
  Value value;
  const char* problem = nullptr;
};

Converted fromNumber(const Napi::Value& value) {
  const double number = value.As<Napi::Number>().DoubleValue();
  if (std::abs(number) <= kExact && number == std::floor(number)) {
    return {static_cast<int64_t>(number)};
  }
  // SQLite has no NaN.
  if (std::isnan(number)) return {};
  return {number};
}

Converted fromBigInt(const Napi::Value& value) {
  bool lossless = false;
  const int64_t number = value.As<Napi::BigInt>().Int64Value(&lossless);
  if (!lossless) return {{}, kTooBig};
  return {number};
}

Converted fromObject(const Napi::Value& value) {
  std::string_view bytes;
  if (bytesOf(value.Env(), value, bytes)) return {Blob{std::string(bytes)}};
  return {{}, value.IsDate() ? kDate : kOther};
}

Converted convert(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_number:
      return fromNumber(value);
    case napi_string:
      return {toText(value)};
    case napi_bigint:
      return fromBigInt(value);
    case napi_null:
    case napi_undefined:
      return {};
    case napi_boolean:
      return {int64_t{value.As<Napi::Boolean>().Value()}};
    case napi_object:
      return fromObject(value);
    default:
      return {{}, kOther};
  }
}

void addPlain(ParameterValues& values, const Napi::Array& array) {
  const uint32_t length = array.Length();
  values.plain.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    const Napi::HandleScope scope(array.Env());
    Converted converted = convert(array.Get(i));
    if (converted.problem == kTooBig) throw Napi::RangeError::New(array.Env(), kTooBig);
    if (converted.problem != nullptr) throw Napi::TypeError::New(array.Env(), converted.problem);
    values.plain.push_back(std::move(converted.value));
  }
}

void addNamed(ParameterValues& values, const Napi::Object& object) {
  napi_value keys = nullptr;
  check(object.Env(), napi_get_all_property_names(
                          object.Env(), object, napi_key_include_prototypes,
                          static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
                          napi_key_numbers_to_strings, &keys));
  const Napi::Array names(object.Env(), keys);
  values.hasNamed = true;
  const uint32_t length = names.Length();
  for (uint32_t i = 0; i < length; i++) {
    const Napi::HandleScope scope(object.Env());
    const Napi::Value key = names.Get(i);
    Converted converted = convert(object.Get(key));
    values.named.push_back({toText(key), std::move(converted.value),
                            converted.problem == nullptr ? "" : converted.problem});
  }
}

}  // namespace

ParameterValues toParameterValues(const Napi::Value& params) {
  ParameterValues values;
  if (params.IsUndefined()) return values;
  if (params.IsArray()) {
    addPlain(values, params.As<Napi::Array>());
  } else {
    addNamed(values, params.As<Napi::Object>());
  }
  return values;
}

}  // namespace fsdb
