#include "sqlite/write_statements.h"

#include <utility>

namespace fsdb {
namespace {

Result<RunResult> runStatement(Connection& connection, StatementCache& cache,
                               const WriteStatement& write) {
  auto prepared = cache.prepare(write.sql);
  if (!prepared) return std::move(prepared).error();
  Statement& statement = **prepared;
  const int64_t before = connection.totalChanges();
  Result<void> ran = bindAll(statement, write.parameters);
  if (ran) ran = statement.run();
  statement.reset();
  statement.clearBindings();
  if (!ran) return std::move(ran).error();
  // SQLite keeps the count of the last statement that changed rows.
  const int64_t changes = connection.totalChanges() == before ? 0 : connection.changes();
  return RunResult{changes, connection.lastInsertRowid()};
}

}  // namespace

Result<std::vector<RunResult>> runStatements(Connection& connection, StatementCache& cache,
                                             const std::vector<WriteStatement>& statements) {
  std::vector<RunResult> results;
  results.reserve(statements.size());
  for (const auto& statement : statements) {
    auto result = runStatement(connection, cache, statement);
    if (!result) return std::move(result).error();
    results.push_back(*result);
  }
  return results;
}

}  // namespace fsdb
