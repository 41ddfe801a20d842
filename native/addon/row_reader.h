// Makes JavaScript rows of what a statement returns.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstddef>

#include "addon/compiled_statement.h"

namespace fsdb {

struct RowOptions {
  RowMode mode = RowMode::kObject;
  bool safeIntegers = false;  // integers as BigInt; otherwise those beyond 2^53 are rounded
};

// The row that the statement stands on.
napi_value readRow(Napi::Env env, CompiledStatement& statement, const RowOptions& options);

// Appends rows to the array `rows`, from the one that the statement stands on: at most `limit`.
// True if the statement then stands on a further row, false at its end.
Result<bool> readRows(Napi::Env env, CompiledStatement& statement, const RowOptions& options,
                      napi_value rows, size_t limit);

}  // namespace fsdb
