// Takes the parameters of a statement that will run on another thread out of JavaScript's values.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include "sqlite/parameter_values.h"

namespace fsdb {

// `params`: undefined, an array for plain parameters, or an object for named ones. May run
// JavaScript: getters. Throws TypeError for a value that SQLite cannot hold, RangeError for a
// BigInt that is too large; what is wrong with a named one is kept with it.
ParameterValues toParameterValues(const Napi::Value& params);

}  // namespace fsdb
