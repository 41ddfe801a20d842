// One read-only statement of a program's that runs on another thread than the program's.
//
// Threads: as the connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/authorizer.h"
#include "sqlite/columnar_batch.h"
#include "sqlite/connection.h"
#include "sqlite/parameter_values.h"

namespace fsdb {

// A connection on which programs' SQL can do no more than read.
struct QueryConnection {
  // Opened for reading only, with an authorizer, query_only, and the limits of query_cursor.cc.
  // kIo, kCorrupt, kBusy as reported.
  static Result<std::unique_ptr<QueryConnection>> open(const std::string& path,
                                                       const ConnectionOptions& options);

  std::unique_ptr<Authorizer> authorizer;  // outlives the connection
  std::unique_ptr<Connection> connection;
};

class QueryCursor {
 public:
  // Prepares `sql` and binds `parameters`, which must stay as they are. Runs nothing yet.
  // kSql if it is wrong, does not return rows or is not allowed; errors of bindAll().
  static Result<std::unique_ptr<QueryCursor>> open(Connection& connection, Authorizer& authorizer,
                                                   const std::string& sql,
                                                   const ParameterValues& parameters,
                                                   bool safeIntegers);

  // The next rows; nullopt at the end. While `cancelled` is set the statement ends with kTimeout.
  Result<std::optional<ColumnarBatch>> next(const std::atomic<bool>& cancelled);

  // The names of the columns, and the tables that are read: known after the first next().
  const std::vector<std::string>& columns() const { return columns_; }
  const std::set<std::string>& tables() const { return tables_; }

 private:
  QueryCursor(Connection& connection, Authorizer& authorizer, Statement statement,
              bool safeIntegers);
  Result<bool> step();

  Connection& connection_;
  Authorizer& authorizer_;
  Statement statement_;
  const bool safeIntegers_;
  std::optional<ColumnarEncoder> encoder_;  // from the first row on
  bool begun_ = false;
  bool onRow_ = false;
  std::vector<std::string> columns_;
  std::set<std::string> tables_;
};

}  // namespace fsdb
