// Values between JavaScript and C++.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/query.h"

namespace fsdb {

// Throws what is pending or, if nothing is, an error that says which call failed.
void check(napi_env env, napi_status status);

napi_value toJs(napi_env env, std::string_view text);
napi_value toJs(napi_env env, double number);
napi_value toJs(napi_env env, int64_t number);  // beyond 2^53 the nearest number
napi_value toBigInt(napi_env env, int64_t number);
// A Buffer with a copy: Electron allows no memory of others in its heap.
napi_value toBuffer(napi_env env, std::string_view bytes);
napi_value toJsOrNull(napi_env env, const std::optional<std::string>& text);
napi_value null(napi_env env);
napi_value undefined(napi_env env);

std::string toText(const Napi::Value& value);

// The argument of a method that switches something: on if there is none. Throws TypeError for what
// is no boolean.
bool toSwitch(const Napi::CallbackInfo& info);

// Undefined and null are nullopt. The value is of the right type: lib/ has looked.
std::optional<std::string> toOptionalText(const Napi::Value& value);
std::optional<int64_t> toOptionalInteger(const Napi::Value& value);
std::vector<std::string> toTexts(const Napi::Value& array);

// A part of a query. Dates become ISO 8601. Throws TypeError or RangeError for what a query cannot
// hold, such as undefined, a function, NaN or a loop; it names the part, which begins with `name`.
QueryValue toQueryValue(const Napi::Value& value, const std::string& name);

}  // namespace fsdb
