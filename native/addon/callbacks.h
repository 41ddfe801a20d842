// What functions, aggregates and tables that are written in JavaScript have in common.
//
// lib/ keeps the JavaScript functions for as long as the database; in here they are only known
// weakly. A reference that keeps them would keep their closures, which mostly hold the database,
// and none of them would ever be collected.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "addon/environment.h"
#include "addon/open_database.h"
#include "sqlite/user_function.h"

namespace fsdb {

using Callback = std::shared_ptr<Napi::FunctionReference>;

// undefined: null.
Callback toCallback(const Napi::Value& function);

// Throws TypeError if the function was collected, and what it throws.
Napi::Value call(const Callback& callback, const std::vector<napi_value>& arguments);

// As they are, behind `before`. Integers as bigint if `safeIntegers`.
std::vector<napi_value> toJs(napi_env env, const FunctionArguments& arguments, bool safeIntegers,
                             std::vector<napi_value> before = {});

// Returns a value to SQLite. Throws TypeError, or RangeError for a bigint that is too big, where it
// is none that SQLite knows; `what` says what returned it.
void returnValue(const Napi::Value& value, FunctionOutcome& outcome, const std::string& what);

// Runs `body`, which calls JavaScript. False if that threw: the statement that is running then
// throws the same.
template <typename Body>
bool guarded(OpenDatabase& database, const Body& body) {
  try {
    const Napi::HandleScope scope(database.environment->factories().env());
    body();
    return true;
  } catch (const Napi::Error& error) {
    database.thrown(error);
    return false;
  }
}

// What SQLite is told instead of the exception, which it cannot take.
constexpr std::string_view kThrown = "a JavaScript function threw";

}  // namespace fsdb
