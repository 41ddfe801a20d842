// Statements that a program wants run together, on a thread that is not its own.
//
// Threads: any, one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/parameter_values.h"
#include "sqlite/statement_cache.h"

namespace fsdb {

struct WriteStatement {
  std::string sql;
  ParameterValues parameters;
};

struct RunResult {
  int64_t changes = 0;  // rows inserted, updated or deleted
  int64_t lastInsertRowid = 0;
};

// Runs them in order, in a transaction that is the caller's; rows are ignored. The first failure
// ends it. Errors as Connection::prepare() and bindAll(), and SQLite's.
Result<std::vector<RunResult>> runStatements(Connection& connection, StatementCache& cache,
                                             const std::vector<WriteStatement>& statements);

}  // namespace fsdb
