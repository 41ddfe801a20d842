// From the `where` of a query to an SQL condition.
//
// The language: { path: value, path: { operator: value, ... }, and: [...], or: [...], not: {...} }.
// All of it holds at once. `id`, `name`, `type`, `version`, `seq`, `filePath`, `fileModified`,
// `createdAt` and `updatedAt` are the columns; all other paths, and those that begin with `$`, are
// JSON paths into the document.
//
// It answers as JavaScript would, not as SQL does: there is true and false and no third value; text
// is never equal to or less than a number, nor `true` to 1; what is missing equals null, and `ne`
// and `not` hold for it.
//
// Pure: values become parameters; names and paths are quoted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/query.h"
#include "documents/query_target.h"
#include "sqlite/value.h"

namespace fsdb {

// How deep `and`, `or` and `not` may nest, and how many conditions there may be: SQLite compiles an
// expression of up to 1,000 levels. Source: https://www.sqlite.org/limits.html
inline constexpr int kMaxWhereDepth = 32;
inline constexpr int kMaxWhereConditions = 1000;
// How many values a query may hold, `in` lists included; SQLite takes 32,766 parameters.
inline constexpr size_t kMaxWhereValues = 10'000;
// How long the pattern of `like` or `glob` may be: the time of a match grows fast with its length.
inline constexpr size_t kMaxPatternBytes = 1000;

// Appends `value` to `values` and returns the parameter that stands for it: ?1, ?2 and so on.
std::string addParameter(std::vector<Value>& values, Value value);

// What is declared of the documents that a query is about.
struct QueryContext {
  std::string type;  // as an SQL literal
  std::string tags;  // JSON path as an SQL literal; empty: none
  // Set by compileWhere(): the condition names the rows, so that no index has to find those of the
  // type.
  bool namesRows = false;
};

// Returns a condition, and appends to `values` what it is about. kParse: `where` is wrong; the
// message begins with the part that is: "where.age.gtt: unknown operator".
// With a context, what its declarations keep is asked instead of every document.
Result<std::string> compileWhere(const QueryValue& where, std::vector<Value>& values,
                                 QueryContext* context = nullptr);

}  // namespace fsdb
