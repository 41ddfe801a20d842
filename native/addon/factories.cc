#include "addon/factories.h"

#include <array>

#include "addon/conversions.h"
#include "sqlite/connection.h"

namespace fsdb {
namespace {

// Programs have a limited number of different queries; those that do not, as they build names into
// them, must not fill the memory.
constexpr size_t kMaxRowFactories = 500;

Napi::FunctionReference take(const Napi::Object& factories, const char* name) {
  return Napi::Persistent(factories.Get(name).As<Napi::Function>());
}

const char* modeName(RowMode mode) {
  switch (mode) {
    case RowMode::kObject:
      return "object";
    case RowMode::kArray:
      return "array";
    case RowMode::kFirstColumn:
      return "first-column";
    case RowMode::kExpanded:
      return "expanded";
  }
  return "object";
}

// Names may hold any character but NUL.
std::string keyOf(const std::vector<RowColumn>& columns, RowMode mode) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(mode)));
  for (const auto& column : columns) {
    key += column.name;
    key += '\0';
    if (mode != RowMode::kExpanded) continue;
    key += column.table;
    key += '\0';
  }
  return key;
}

}  // namespace

void Factories::set(const Napi::Object& factories) {
  error_ = take(factories, "error");
  rowFactory_ = take(factories, "rowFactory");
  decoder_.set(factories);
  runResult_ = take(factories, "runResult");
  auto lastRowid = factories.Get("lastRowid").As<Napi::Float64Array>();
  lastRowid_ = Napi::Persistent(lastRowid.As<Napi::Object>());
  lastRowidData_ = lastRowid.Data();
  documents_ = take(factories, "documents");
  documentChanges_ = take(factories, "documentChanges");
  documentRefs_ = take(factories, "documentRefs");
  fileErrors_ = take(factories, "fileErrors");
  rows_.clear();
}

void Factories::clear() {
  decoder_.clear();
  lastRowid_.Reset();
  for (auto* reference : {&error_, &rowFactory_, &runResult_, &documents_, &documentChanges_,
                          &documentRefs_, &fileErrors_}) {
    reference->Reset();
  }
  rows_.clear();
}

Napi::Error Factories::error(const Error& error) const { return make(error, false); }

Napi::Error Factories::sqlError(const Error& error) const {
  if (error.sqliteCode != 0) return make(error, true);
  if (error.code == ErrorCode::kSql) return Napi::RangeError::New(env_, error.message);
  return make(error, false);
}

Napi::Error Factories::callError(const Error& error) const {
  if (error.code == ErrorCode::kParse) return Napi::TypeError::New(env_, error.message);
  return sqlError(error);
}

Napi::Error Factories::make(const Error& error, bool sql) const {
  const auto text = [&](std::string_view value) {
    return Napi::String::New(env_, value.data(), value.size());
  };
  const auto optional = [&](int number) -> Napi::Value {
    return number == 0 ? env_.Undefined() : Napi::Number::New(env_, number);
  };
  const auto sqliteCode =
      error.sqliteCode == 0 ? env_.Undefined() : text(sqliteCodeName(error.sqliteCode));
  const auto path = error.path.empty() ? env_.Undefined() : text(error.path);
  const auto made = error_.Call({Napi::Boolean::New(env_, sql), text(errorCodeName(error.code)),
                                 text(error.message), path, optional(error.line),
                                 optional(error.column), sqliteCode});
  return Napi::Error(env_, made);
}

std::shared_ptr<RowFactory> Factories::rows(const std::vector<RowColumn>& columns, RowMode mode) {
  std::string key = keyOf(columns, mode);
  const auto found = rows_.find(key);
  if (found != rows_.end()) return found->second;
  const auto text = [&](std::string_view value) {
    return Napi::String::New(env_, value.data() == nullptr ? "" : value.data(), value.size());
  };
  auto names = Napi::Array::New(env_, columns.size());
  auto tables = Napi::Array::New(env_, columns.size());
  for (size_t i = 0; i < columns.size(); i++) {
    names.Set(static_cast<uint32_t>(i), text(columns[i].name));
    tables.Set(static_cast<uint32_t>(i), text(columns[i].table));
  }
  const auto made = rowFactory_.Call({names, text(modeName(mode)), tables});
  const auto object = made.As<Napi::Object>();
  auto factory = std::make_shared<RowFactory>();
  factory->one = take(object, "one");
  factory->many = take(object, "many");
  if (rows_.size() >= kMaxRowFactories) rows_.clear();
  rows_.emplace(std::move(key), factory);
  return factory;
}

napi_value Factories::runResult(napi_value changes, napi_value lastInsertRowid) const {
  // Not by FunctionReference::Call(), whose handle scope costs as much as the call.
  const std::array<napi_value, 2> values = {changes, lastInsertRowid};
  napi_value result = nullptr;
  check(env_, napi_call_function(env_, undefined(env_), runResult_.Value(), values.size(),
                                 values.data(), &result));
  return result;
}

}  // namespace fsdb
