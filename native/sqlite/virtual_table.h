// Tables whose rows somebody outside of SQLite provides, for reading.
//
// A table has columns and parameters. Parameters are hidden columns: `FROM table(1, 2)` and
// `WHERE parameter = 1` give them values.
//
// Threads: as the connection's. What is given here ends with the connection, or when another module
// of the same name takes its place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/user_function.h"
#include "sqlite/value.h"

namespace fsdb {

class Connection;

// The rows of one reading. The error is what the statement fails with.
class TableReading {
 public:
  virtual ~TableReading() = default;
  // Goes to the first row; called first. nullopt: the query says nothing of that parameter. True if
  // there is a row.
  virtual Result<bool> start(const std::vector<std::optional<Value>>& parameters) = 0;
  // Goes to the next row, if there is one.
  virtual Result<bool> next() = 0;
  // A value of the row.
  virtual void column(int index, FunctionOutcome& outcome) = 0;
};

struct TableDefinition {
  std::vector<std::string> columns;     // at least one
  std::vector<std::string> parameters;  // at most kMaxTableParameters
  bool directOnly = false;              // may not be used in views, triggers and the like
  std::function<std::unique_ptr<TableReading>()> open;
};

constexpr int kMaxTableParameters = 32;

// `CREATE VIRTUAL TABLE name USING module(arguments)`; the arguments as they were written.
struct TableRequest {
  std::string module;
  std::string database;
  std::string name;
  std::vector<std::string> arguments;
};

using TableModule = std::function<Result<TableDefinition>(const TableRequest&)>;

enum class TableKind : uint8_t {
  kReady,   // is itself the table: needs no CREATE VIRTUAL TABLE, and there is no other
  kModule,  // makes tables
};

Result<void> defineTable(Connection& connection, const std::string& name, TableKind kind,
                         TableModule module);

}  // namespace fsdb
