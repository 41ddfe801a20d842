// What the paths of queries and declarations stand for in SQL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fsdb {

// `text` as an SQL literal. It must hold no NUL: SQL ends there.
std::string quoteText(std::string_view text);

// What a path stands for in SQL.
struct QueryTarget {
  enum class Kind : uint8_t { kJson, kText, kInteger };
  Kind kind = Kind::kJson;
  bool nullable = true;
  std::string sql;      // the value
  std::string typeSql;  // kJson: the JSON type of the value
  std::string path;     // kJson: the JSON path as an SQL literal
};

// `at` names the place in the query for the message of a kParse.
Result<QueryTarget> resolveTarget(std::string_view path, std::string_view at);

// The error of a query that is wrong at the place `at`: kParse, "at: what".
Error queryError(std::string_view at, std::string_view what);

}  // namespace fsdb
