// Functions and aggregates that somebody outside of SQLite provides.
//
// Threads: as the connection's. What is given here ends with the connection, or when another
// function of the same name and number of arguments takes its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/statement.h"

struct sqlite3_context;
struct sqlite3_value;

namespace fsdb {

class Connection;

// What a function is called with. Views are valid during the call.
class FunctionArguments {
 public:
  FunctionArguments(sqlite3_value** values, int count) : values_(values), count_(count) {}

  int count() const { return count_; }
  ValueType type(int index) const;
  int64_t integer(int index) const;
  double real(int index) const;
  std::string_view text(int index) const;
  std::string_view blob(int index) const;

 private:
  sqlite3_value** values_;
  int count_;
};

// What a function returns: NULL unless something is set. Text and bytes are copied.
class FunctionOutcome {
 public:
  explicit FunctionOutcome(sqlite3_context* context) : context_(context) {}

  void setNull();
  void set(int64_t value);
  void set(double value);
  void setText(std::string_view text);
  void setBlob(std::string_view bytes);
  // The statement fails with this message.
  void fail(std::string_view message);

 private:
  sqlite3_context* context_;
};

struct FunctionOptions {
  int arguments = 0;           // -1: any number
  bool deterministic = false;  // may be used in indexes and generated columns
  bool directOnly = false;     // may not be used in views, triggers and the rest of a schema
};

using ScalarFunction = std::function<void(const FunctionArguments&, FunctionOutcome&)>;

// One group of rows, or one window.
class Aggregation {
 public:
  virtual ~Aggregation() = default;
  virtual void step(const FunctionArguments& arguments, FunctionOutcome& outcome) = 0;
  // Takes back what an earlier step() has added. For windows only.
  virtual void inverse(const FunctionArguments& arguments, FunctionOutcome& outcome) = 0;
  // The value of the rows so far; more may follow.
  virtual void value(FunctionOutcome& outcome) = 0;
};

struct AggregateFunction {
  std::function<std::unique_ptr<Aggregation>()> start;
  bool window = false;  // has inverse()
};

// kSql: SQLite does not take the name. kBusy: a function of this name is just running.
Result<void> defineFunction(Connection& connection, const std::string& name,
                            const FunctionOptions& options, ScalarFunction function);
Result<void> defineAggregate(Connection& connection, const std::string& name,
                             const FunctionOptions& options, AggregateFunction aggregate);

}  // namespace fsdb
