#include "sqlite/parameter_values.h"

#include <algorithm>
#include <string_view>
#include <variant>

namespace fsdb {
namespace {

Error wrong(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

Result<void> bindOne(Statement& statement, int index, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return statement.bindStatic(index, *text);
  }
  return statement.bind(index, value);
}

Result<void> bindNamed(Statement& statement, int index, std::string_view name,
                       const std::vector<NamedValue>& values) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const NamedValue& value) { return value.name == name; });
  if (found == values.end()) {
    return wrong(ErrorCode::kSql, "Missing named parameter \"" + std::string(name) + "\"");
  }
  if (!found->problem.empty()) return wrong(ErrorCode::kParse, found->problem);
  return bindOne(statement, index, found->value);
}

}  // namespace

Result<void> bindAll(Statement& statement, const ParameterValues& values) {
  size_t next = 0;
  size_t named = 0;
  for (int i = 1; i <= statement.parameterCount(); i++) {
    const auto name = statement.parameterName(i);
    if (name.empty() || name.front() == '?') {
      if (next == values.plain.size()) {
        return wrong(ErrorCode::kSql, "Too few parameter values were provided");
      }
      FSDB_TRY(bindOne(statement, i, values.plain[next++]));
      continue;
    }
    named++;
    if (!values.hasNamed) return wrong(ErrorCode::kSql, "Missing named parameters");
    FSDB_TRY(bindNamed(statement, i, name.substr(1), values.named));
  }
  if (next < values.plain.size()) {
    return wrong(ErrorCode::kSql, "Too many parameter values were provided");
  }
  if (values.hasNamed && named == 0 && next == 0 && statement.parameterCount() > 0) {
    return wrong(ErrorCode::kParse, "The statement has no named parameters: give an array");
  }
  return {};
}

}  // namespace fsdb
