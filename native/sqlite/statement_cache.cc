#include "sqlite/statement_cache.h"

#include <utility>

namespace fsdb {

Result<Statement*> StatementCache::prepare(std::string_view sql) {
  if (Statement* found = statements_.find(sql)) return found;
  auto prepared = connection_.prepare(sql);
  if (!prepared) return std::move(prepared).error();
  statements_.insert(sql, std::move(prepared).value(), 1);
  return statements_.find(sql);
}

}  // namespace fsdb
