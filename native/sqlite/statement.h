// A prepared statement.
//
// Threads: as its connection. It should end before its connection does: one that ends later is
// still safe, but SQLite keeps the file open, and the log undeleted, until then.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sqlite/value.h"

struct sqlite3_stmt;

namespace fsdb {

class Connection;

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

  // Advances to the next row: true if there is one, false at the end. After the end or an error the
  // statement is reset, so that it holds no lock. Errors carry SQLite's own words unchanged: query
  // builders match them.
  Result<bool> step();

  // Runs a statement that returns no rows of interest, to its end.
  Result<void> run();

  void reset();
  void clearBindings();

  // The current row. Views are valid until the next step() or reset().
  int columnCount() const;
  bool isNull(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  Value value(int column) const;

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
