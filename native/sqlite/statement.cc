#include "sqlite/statement.h"

#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

// SQLite takes a null pointer for NULL, and an empty string_view may be one.
const char* dataOf(std::string_view text) { return text.data() == nullptr ? "" : text.data(); }

}  // namespace

ValueType toValueType(int sqliteType) {
  switch (sqliteType) {
    case SQLITE_INTEGER:
      return ValueType::kInteger;
    case SQLITE_FLOAT:
      return ValueType::kReal;
    case SQLITE_TEXT:
      return ValueType::kText;
    case SQLITE_BLOB:
      return ValueType::kBlob;
    default:
      return ValueType::kNull;
  }
}

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Result<void> Statement::bound(int code) {
  if (code == SQLITE_OK) return {};
  return lastError("bind");
}

Result<void> Statement::bind(int index, std::nullptr_t) {
  return bound(sqlite3_bind_null(handle_, index));
}

Result<void> Statement::bind(int index, int64_t value) {
  return bound(sqlite3_bind_int64(handle_, index, value));
}

Result<void> Statement::bind(int index, double value) {
  return bound(sqlite3_bind_double(handle_, index, value));
}

Result<void> Statement::bind(int index, std::string_view text) {
  return bound(sqlite3_bind_text64(handle_, index, dataOf(text), text.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8));
}

Result<void> Statement::bindStatic(int index, std::string_view text) {
  return bound(
      sqlite3_bind_text64(handle_, index, dataOf(text), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Result<void> Statement::bindRows(int index, const RowSource& rows) {
  // SQLite hands out what it was given, without const.
  void* const pointer = const_cast<RowSource*>(&rows);
  return bound(sqlite3_bind_pointer(handle_, index, pointer, kRowSourceType, nullptr));
}

Result<void> Statement::bindBlob(int index, std::string_view bytes) {
  return bound(sqlite3_bind_blob64(handle_, index, dataOf(bytes), bytes.size(), SQLITE_TRANSIENT));
}

Result<void> Statement::bindValue(int index, const Value& value) {
  struct Binder {
    Statement& statement;
    int index;
    Result<void> operator()(std::monostate) { return statement.bind(index, nullptr); }
    Result<void> operator()(int64_t number) { return statement.bind(index, number); }
    Result<void> operator()(double number) { return statement.bind(index, number); }
    Result<void> operator()(const std::string& text) {
      return statement.bind(index, std::string_view(text));
    }
    Result<void> operator()(const Blob& blob) { return statement.bindBlob(index, blob.bytes); }
  };
  return std::visit(Binder{*this, index}, value);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_);
    return false;
  }
  Error error = lastError({});
  sqlite3_reset(handle_);
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
  }
}

void Statement::reset() { sqlite3_reset(handle_); }

void Statement::clearBindings() { sqlite3_clear_bindings(handle_); }

std::string_view Statement::sql() const {
  const char* sql = sqlite3_sql(handle_);
  return sql == nullptr ? std::string_view() : sql;
}

int Statement::parameterCount() const { return sqlite3_bind_parameter_count(handle_); }

std::string_view Statement::parameterName(int index) const {
  const char* name = sqlite3_bind_parameter_name(handle_, index);
  return name == nullptr ? std::string_view() : name;
}

std::string_view Statement::columnName(int column) const {
  const char* name = sqlite3_column_name(handle_, column);
  return name == nullptr ? std::string_view() : name;
}

ColumnSource Statement::columnSource(int column) const {
  const auto optional = [](const char* text) -> std::optional<std::string_view> {
    if (text == nullptr) return std::nullopt;
    return text;
  };
  return {optional(sqlite3_column_origin_name(handle_, column)),
          optional(sqlite3_column_table_name(handle_, column)),
          optional(sqlite3_column_database_name(handle_, column)),
          optional(sqlite3_column_decltype(handle_, column))};
}

bool Statement::isReadonly() const { return sqlite3_stmt_readonly(handle_) != 0; }

int Statement::timesPrepared() const {
  return sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_REPREPARE, 0);
}

bool Statement::isExplain() const { return sqlite3_stmt_isexplain(handle_) != 0; }

size_t Statement::memoryUsed() const {
  return static_cast<size_t>(sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_MEMUSED, 0));
}

std::string Statement::expandedSql() const {
  const std::unique_ptr<char, decltype(&sqlite3_free)> expanded(sqlite3_expanded_sql(handle_),
                                                                &sqlite3_free);
  return expanded ? std::string(expanded.get()) : std::string(sql());
}

int Statement::columnCount() const { return sqlite3_column_count(handle_); }

ValueType Statement::type(int column) const {
  return toValueType(sqlite3_column_type(handle_, column));
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

Value Statement::value(int column) const {
  switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return real(column);
    case SQLITE_TEXT:
      return std::string(text(column));
    case SQLITE_BLOB:
      return Blob{std::string(blob(column))};
    default:
      return std::monostate();
  }
}

ColumnValue Statement::read(int column) const {
  sqlite3_value* const value = sqlite3_column_value(handle_, column);
  ColumnValue view;
  view.type = toValueType(sqlite3_value_type(value));
  const void* bytes = nullptr;
  switch (view.type) {
    case ValueType::kInteger:
      view.integer = sqlite3_value_int64(value);
      return view;
    case ValueType::kReal:
      view.real = sqlite3_value_double(value);
      return view;
    case ValueType::kText:
      bytes = sqlite3_value_text(value);
      break;
    case ValueType::kBlob:
      bytes = sqlite3_value_blob(value);
      break;
    case ValueType::kNull:
      return view;
  }
  if (bytes == nullptr) return view;  // an empty blob
  view.bytes = {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_value_bytes(value))};
  return view;
}

Error Statement::lastError(std::string_view operation) const {
  return sqliteError(sqlite3_db_handle(handle_), operation);
}

}  // namespace fsdb
