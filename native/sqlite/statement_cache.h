// The statements that a connection has prepared lately, so that SQL that comes again and again is
// prepared once.
//
// Threads: as the connection, which must outlive it.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/lru_cache.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

class StatementCache {
 public:
  // `limit` is at least 1.
  StatementCache(Connection& connection, size_t limit)
      : connection_(connection), statements_(limit, limit) {}

  // The statement, reset and with nothing bound. It is good until the next call: whoever uses it
  // resets it and clears its bindings afterwards. Errors as Connection::prepare().
  Result<Statement*> prepare(std::string_view sql);

  void clear() { statements_.clear(); }

 private:
  Connection& connection_;
  LruCache<Statement> statements_;
};

}  // namespace fsdb
