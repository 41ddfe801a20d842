#include "addon/parameters.h"

#include <cmath>
#include <utility>
#include <variant>

#include "addon/conversions.h"
#include "addon/environment.h"

namespace fsdb {
namespace {

constexpr char kTooMany[] = "Too many parameter values were provided";
constexpr char kTooFew[] = "Too few parameter values were provided";

// A number that stands for every whole number up to it exactly.
constexpr double kExact = 9007199254740992;  // 2^53

}  // namespace

bool isIntegral(double number) {
  return std::abs(number) <= kExact && number == std::floor(number);
}

bool bytesOf(napi_env env, napi_value value, std::string_view& bytes) {
  const Napi::Value object(env, value);
  if (object.IsTypedArray()) {
    // Not through the ArrayBuffer: it may be a SharedArrayBuffer, which Node-API 8 does not know.
    void* data = nullptr;
    check(env, napi_get_typedarray_info(env, value, nullptr, nullptr, &data, nullptr, nullptr));
    bytes = {static_cast<const char*>(data), object.As<Napi::TypedArray>().ByteLength()};
  } else if (object.IsDataView()) {
    const auto view = object.As<Napi::DataView>();
    bytes = {static_cast<const char*>(view.Data()), view.ByteLength()};
  } else if (object.IsArrayBuffer()) {
    auto buffer = object.As<Napi::ArrayBuffer>();
    bytes = {static_cast<const char*>(buffer.Data()), buffer.ByteLength()};
  } else {
    return false;
  }
  if (bytes.empty()) bytes = "";  // Not null, which would be bound as NULL.
  return true;
}

Parameters::Parameters(const Statement& statement) {
  const int count = statement.parameterCount();
  names_.reserve(static_cast<size_t>(count));
  for (int i = 1; i <= count; i++) {
    const auto name = statement.parameterName(i);
    const bool plain = name.empty() || name.front() == '?';
    if (plain) plain_++;
    names_.emplace_back(plain ? std::string_view() : name.substr(1));
  }
}

Binding::Binding(Napi::Env env, Statement& statement, const Parameters& parameters, Keep keep)
    : env_(env), statement_(statement), parameters_(parameters), keep_(keep) {}

Binding::~Binding() {
  if (released_ || !statement_) return;
  if (!reset_) statement_.reset();
  // Every parameter is bound anew before the next run: only what holds memory is let go.
  if (holdsMemory_) statement_.clearBindings();
}

void Binding::bind(const Napi::CallbackInfo& info) {
  for (size_t i = 0; i < info.Length(); i++) bindArgument(info[i]);
  if (given_ < parameters_.plain()) throw Napi::RangeError::New(env_, kTooFew);
  if (!hasMembers_ && parameters_.named() > 0) {
    throw Napi::TypeError::New(env_, "Missing named parameters");
  }
}

std::vector<Value> Binding::bindAndKeep(const Napi::CallbackInfo& info) {
  std::vector<Value> values(static_cast<size_t>(parameters_.count()));
  kept_ = &values;
  bind(info);
  kept_ = nullptr;
  return values;
}

void Binding::bind(const std::vector<Value>& values) {
  holdsMemory_ = true;
  for (size_t i = 0; i < values.size(); i++) {
    const int index = static_cast<int>(i) + 1;
    const auto* text = std::get_if<std::string>(&values[i]);
    const bool copied = text == nullptr || keep_ == Keep::kAlways;
    checkBound(copied ? statement_.bind(index, values[i]) : statement_.bindStatic(index, *text));
  }
}

void Binding::keep(int index, Value value) {
  if (kept_ != nullptr) (*kept_)[static_cast<size_t>(index) - 1] = std::move(value);
}

napi_valuetype Binding::typeOf(napi_value value) {
  napi_valuetype type = napi_undefined;
  check(env_, napi_typeof(env_, value, &type));
  return type;
}

void Binding::bindArgument(napi_value argument) {
  const napi_valuetype type = typeOf(argument);
  if (type != napi_object) return bindNext(argument, type);
  const Napi::Value value(env_, argument);
  if (value.IsArray()) return bindElements(argument);
  std::string_view bytes;
  if (value.IsDate() || value.IsPromise() || bytesOf(env_, argument, bytes)) {
    return bindNext(argument, type);
  }
  bindMembers(argument);
}

void Binding::bindElements(napi_value array) {
  const Napi::Array elements(env_, array);
  const uint32_t length = elements.Length();
  for (uint32_t i = 0; i < length; i++) {
    const napi_value element = elements.Get(i);
    bindNext(element, typeOf(element));
  }
}

void Binding::bindNext(napi_value value, napi_valuetype type) {
  while (next_ <= parameters_.count() && !parameters_.name(next_).empty()) next_++;
  if (next_ > parameters_.count()) throw Napi::RangeError::New(env_, kTooMany);
  bindValue(next_++, value, type);
  given_++;
}

void Binding::bindMembers(napi_value object) {
  if (hasMembers_) {
    throw Napi::TypeError::New(env_, "Named parameters must all be in one object");
  }
  hasMembers_ = true;
  if (parameters_.named() == 0 && parameters_.plain() > 0) {
    throw Napi::RangeError::New(env_, std::string(kTooFew) +
                                          ": the statement has no named ones, so give values, or "
                                          "an array of values, instead of an object");
  }
  const Napi::Object members(env_, object);
  for (int i = 1; i <= parameters_.count(); i++) {
    const std::string& name = parameters_.name(i);
    if (name.empty()) continue;
    const napi_value key = toJs(env_, name);
    napi_value value = nullptr;
    check(env_, napi_get_property(env_, object, key, &value));
    const napi_valuetype type = typeOf(value);
    // What every object inherits is not given; what is given is mostly a plain value.
    const bool inherited = type == napi_undefined || type == napi_object || type == napi_function;
    if (inherited && !members.HasOwnProperty(key)) {
      throw Napi::RangeError::New(env_, "Missing named parameter \"" + name + "\"");
    }
    bindValue(i, value, type);
  }
}

void Binding::bindValue(int index, napi_value value, napi_valuetype type) {
  switch (type) {
    case napi_number:
      return bindNumber(index, value);
    case napi_string:
      return bindText(index, value);
    case napi_bigint:
      return bindBigInt(index, value);
    case napi_null:
    case napi_undefined:
      return bindNull(index);
    case napi_boolean: {
      bool truth = false;
      check(env_, napi_get_value_bool(env_, value, &truth));
      return bindInteger(index, int64_t{truth});
    }
    case napi_object:
      if (bindBytes(index, value)) return;
      break;
    default:
      break;
  }
  refuse(value, type);
}

void Binding::bindNull(int index) {
  keep(index, std::monostate());
  checkBound(statement_.bind(index, nullptr));
}

void Binding::bindInteger(int index, int64_t number) {
  keep(index, number);
  checkBound(statement_.bind(index, number));
}

void Binding::bindNumber(int index, napi_value value) {
  double number = 0;
  check(env_, napi_get_value_double(env_, value, &number));
  if (isIntegral(number)) return bindInteger(index, static_cast<int64_t>(number));
  keep(index, number);
  checkBound(statement_.bind(index, number));
}

void Binding::bindBigInt(int index, napi_value value) {
  int64_t number = 0;
  bool lossless = false;
  check(env_, napi_get_value_bigint_int64(env_, value, &number, &lossless));
  if (!lossless) {
    throw Napi::RangeError::New(env_, "A BigInt does not fit into SQLite's 64-bit INTEGER");
  }
  bindInteger(index, number);
}

void Binding::bindText(int index, napi_value value) {
  // Tried first, as most text is short: what comes back one byte short of the buffer was cut off.
  if (keep_ == Keep::kWhileBound && buffer_.size() - used_ > 1) {
    char* const begin = buffer_.data() + used_;
    const size_t room = buffer_.size() - used_;
    size_t length = 0;
    check(env_, napi_get_value_string_utf8(env_, value, begin, room, &length));
    // Up to three bytes of a character that did not fit are left out as well.
    if (length + 4 < room) {
      used_ += length;
      keep(index, std::string(begin, length));
      return checkBound(statement_.bindStatic(index, {begin, length}));
    }
  }
  holdsMemory_ = true;
  texts_.push_back(Napi::String(env_, value).Utf8Value());
  keep(index, texts_.back());
  if (keep_ == Keep::kWhileBound) {
    return checkBound(statement_.bindStatic(index, texts_.back()));
  }
  checkBound(statement_.bind(index, std::string_view(texts_.back())));
  texts_.pop_back();
}

bool Binding::bindBytes(int index, napi_value value) {
  std::string_view bytes;
  if (!bytesOf(env_, value, bytes)) return false;
  holdsMemory_ = true;
  keep(index, Blob{std::string(bytes)});
  checkBound(statement_.bindBlob(index, bytes));
  return true;
}

void Binding::checkBound(const Result<void>& bound) {
  if (!bound) throw Environment::of(env_)->factories().sqlError(bound.error());
}

void Binding::refuse(napi_value value, napi_valuetype type) {
  if (type == napi_object && Napi::Value(env_, value).IsDate()) {
    throw Napi::TypeError::New(
        env_, "SQLite has no dates: bind date.toISOString() or date.getTime() instead of a Date");
  }
  throw Napi::TypeError::New(
      env_, "SQLite can only bind numbers, strings, bigints, booleans, buffers and null");
}

}  // namespace fsdb
