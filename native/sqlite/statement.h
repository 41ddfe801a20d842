// A prepared statement.
//
// Threads: as its connection. It should end before its connection does: one that ends later is
// still safe, but SQLite keeps the file open, and the log undeleted, until then.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/row_source.h"
#include "sqlite/value.h"

struct sqlite3_stmt;

namespace fsdb {

class Connection;

enum class ValueType : uint8_t { kInteger, kReal, kText, kBlob, kNull };

// A value of the current row, where it lies: the member that its type says.
struct ColumnValue {
  ValueType type = ValueType::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view bytes;  // text and blobs
};

// Of one of SQLite's numbers for types.
ValueType toValueType(int sqliteType);

// Where a column of a result comes from; all but the type's are nullopt for an expression.
struct ColumnSource {
  std::optional<std::string_view> column;
  std::optional<std::string_view> table;
  std::optional<std::string_view> database;
  std::optional<std::string_view> declaredType;
};

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  explicit operator bool() const { return handle_ != nullptr; }

  // Binds one value to the parameter `index`, from 1. Text and bytes are copied.
  // kLimit if the value is too long for SQLite; kInternal if there is no such parameter.
  Result<void> bind(int index, std::nullptr_t);
  Result<void> bind(int index, int value) { return bind(index, int64_t{value}); }
  Result<void> bind(int index, int64_t value);
  Result<void> bind(int index, double value);
  Result<void> bind(int index, std::string_view text);
  // A template so that it takes a Value only, and text does not become one by conversion.
  template <std::same_as<Value> V>
  Result<void> bind(int index, const V& value) {
    return bindValue(index, value);
  }
  Result<void> bindBlob(int index, std::string_view bytes);
  // As bind(), without the copy: `text` must stay as it is until the parameter is bound again or
  // the statement has ended.
  Result<void> bindStatic(int index, std::string_view text);
  // For `FROM _fsdb_rows(?)`. `rows` must stay as it is until the statement has been reset.
  Result<void> bindRows(int index, const RowSource& rows);

  // Advances to the next row: true if there is one, false at the end. After the end or an error the
  // statement is reset, so that it holds no lock. Errors carry SQLite's own words unchanged: query
  // builders match them.
  Result<bool> step();

  // Runs a statement that returns no rows of interest, to its end.
  Result<void> run();

  void reset();
  void clearBindings();

  // What the statement is, as it was prepared. Views are valid until the statement ends or, for
  // columns, until a change of the schema makes SQLite prepare it again: see timesPrepared().
  std::string_view sql() const;
  int parameterCount() const;
  // With its prefix, such as ":name"; empty for a plain "?". From 1.
  std::string_view parameterName(int index) const;
  std::string_view columnName(int column) const;
  ColumnSource columnSource(int column) const;
  // True if it cannot change the file by itself; so are BEGIN, COMMIT and their kin.
  bool isReadonly() const;
  // EXPLAIN and EXPLAIN QUERY PLAN.
  bool isExplain() const;
  // How often SQLite has prepared it again since prepare().
  int timesPrepared() const;
  // What it takes of memory, roughly.
  size_t memoryUsed() const;
  // The SQL with the bound values in place of the parameters; long ones are cut off.
  std::string expandedSql() const;

  // The current row. Views are valid until the next step() or reset().
  int columnCount() const;
  ValueType type(int column) const;
  bool isNull(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  Value value(int column) const;
  // Type and value at once: fewer calls into SQLite than one for each.
  ColumnValue read(int column) const;

  sqlite3_stmt* handle() const { return handle_; }

 private:
  friend class Connection;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  Result<void> bindValue(int index, const Value& value);
  Result<void> bound(int code);
  Error lastError(std::string_view operation) const;

  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace fsdb
