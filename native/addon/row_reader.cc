#include "addon/row_reader.h"

#include <string>

#include "addon/batch.h"
#include "addon/conversions.h"

namespace fsdb {

RowReader::RowReader(Factories& factories, Statement& statement)
    : env_(factories.env()), factories_(factories), statement_(statement) {}

void RowReader::set(RowOptions options) {
  if (options.mode != options_.mode) factory_ = nullptr;
  options_ = options;
}

// The columns of a statement change when the schema does and SQLite prepares it again.
void RowReader::refresh() {
  const int timesPrepared = statement_.timesPrepared();
  if (factory_ && timesPrepared == timesPrepared_) return;
  timesPrepared_ = timesPrepared;
  columns_ = options_.mode == RowMode::kFirstColumn ? 1 : statement_.columnCount();
  std::vector<std::string> names;
  if (options_.mode == RowMode::kObject) {
    for (int i = 0; i < columns_; i++) names.emplace_back(statement_.columnName(i));
  } else {
    names.resize(static_cast<size_t>(columns_));
  }
  factory_ = factories_.rows(names, options_.mode);
}

napi_value RowReader::readOne() {
  refresh();
  if (options_.mode == RowMode::kFirstColumn) return value(0);
  values_.clear();
  for (int i = 0; i < columns_; i++) values_.push_back(value(i));
  napi_value row = nullptr;
  check(env_, napi_call_function(env_, undefined(env_), factory_->one.Value(), values_.size(),
                                 values_.data(), &row));
  return row;
}

Result<bool> RowReader::readMany(napi_value rows, size_t limit) {
  refresh();
  Batch batch(env_, factory_->many, rows, static_cast<size_t>(columns_));
  for (size_t i = 0; i < limit; i++) {
    for (int column = 0; column < columns_; column++) batch.add(value(column));
    batch.endRow();
    auto more = statement_.step();
    if (!more) return more;
    if (*more) continue;
    batch.flush();
    return false;
  }
  batch.flush();
  return true;
}

napi_value RowReader::value(int column) {
  switch (statement_.type(column)) {
    case ValueType::kInteger: {
      const int64_t integer = statement_.integer(column);
      if (!options_.safeIntegers) return toJs(env_, integer);
      napi_value value = nullptr;
      check(env_, napi_create_bigint_int64(env_, integer, &value));
      return value;
    }
    case ValueType::kReal:
      return toJs(env_, statement_.real(column));
    case ValueType::kText:
      return toJs(env_, statement_.text(column));
    case ValueType::kBlob: {
      const auto bytes = statement_.blob(column);
      napi_value value = nullptr;
      // A copy: Electron allows no memory of others in its heap.
      check(env_, napi_create_buffer_copy(env_, bytes.size(), bytes.data(), nullptr, &value));
      return value;
    }
    case ValueType::kNull:
      break;
  }
  return null(env_);
}

}  // namespace fsdb
