#include "addon/row_reader.h"

#include <array>
#include <vector>

#include "addon/batch.h"
#include "addon/conversions.h"

namespace fsdb {
namespace {

// Columns of a row that are read without asking for memory.
constexpr size_t kFewColumns = 64;

napi_value valueOf(Napi::Env env, const Statement& statement, int column, bool safeIntegers) {
  const ColumnValue view = statement.read(column);
  switch (view.type) {
    case ValueType::kInteger:
      return safeIntegers ? toBigInt(env, view.integer) : toJs(env, view.integer);
    case ValueType::kReal:
      return toJs(env, view.real);
    case ValueType::kText:
      return toJs(env, view.bytes);
    case ValueType::kBlob:
      return toBuffer(env, view.bytes);
    case ValueType::kNull:
      break;
  }
  return null(env);
}

int columnsOf(const Statement& statement, RowMode mode) {
  return mode == RowMode::kFirstColumn ? 1 : statement.columnCount();
}

}  // namespace

napi_value readRow(Napi::Env env, CompiledStatement& compiled, const RowOptions& options) {
  const Statement& statement = compiled.statement();
  if (options.mode == RowMode::kFirstColumn)
    return valueOf(env, statement, 0, options.safeIntegers);
  const auto& factory = compiled.rowFactory(options.mode);
  const auto count = static_cast<size_t>(statement.columnCount());
  std::array<napi_value, kFewColumns> few;
  std::vector<napi_value> many(count > kFewColumns ? count : 0);
  napi_value* const values = many.empty() ? few.data() : many.data();
  for (size_t i = 0; i < count; i++) {
    values[i] = valueOf(env, statement, static_cast<int>(i), options.safeIntegers);
  }
  napi_value row = nullptr;
  check(env, napi_call_function(env, undefined(env), factory.one.Value(), count, values, &row));
  return row;
}

Result<bool> readRows(Napi::Env env, CompiledStatement& compiled, const RowOptions& options,
                      napi_value rows, size_t limit) {
  Statement& statement = compiled.statement();
  const auto& factory = compiled.rowFactory(options.mode);
  const int columns = columnsOf(statement, options.mode);
  Batch batch(env, factory.many, rows, static_cast<size_t>(columns));
  for (size_t i = 0; i < limit; i++) {
    for (int column = 0; column < columns; column++) {
      batch.add(valueOf(env, statement, column, options.safeIntegers));
    }
    batch.endRow();
    auto more = statement.step();
    if (!more) return more;
    if (*more) continue;
    batch.flush();
    return false;
  }
  batch.flush();
  return true;
}

}  // namespace fsdb
