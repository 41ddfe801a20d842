// From a query to SQL and the values that it is about.
//
// Pure: values are bound, names and paths quoted, so that no text of a caller ever becomes SQL. The
// SQL of two queries that differ in their values only is the same, so that it can be prepared once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/collection_options.h"
#include "documents/page_token.h"
#include "documents/query.h"
#include "sqlite/value.h"

namespace fsdb {

// How many keys `orderBy` may have.
inline constexpr size_t kMaxOrderKeys = 16;

// The columns that every query returns first, in the order of StoredDocument's members.
inline constexpr std::string_view kDocumentColumns =
    "type, id, name, document, version, seq, file_path, file_modified, created_at, updated_at";
inline constexpr int kDocumentColumnCount = 10;

struct CompiledQuery {
  // The rows: kDocumentColumns, and then the keys that they are ordered by. One row more than
  // `pageSize`, if there is one, to see whether there are more.
  std::string sql;
  std::vector<Value> values;
  size_t keyCount = 0;
  std::vector<std::string> keyColumns;  // what the columns of the keys are called
  uint64_t order = 0;                   // for PageToken
  int64_t pageSize = 0;

  // Offset paging only: the page, and how to count all rows.
  std::optional<int64_t> page;
  std::string countSql;
  std::vector<Value> countValues;
};

// Rows are ordered by `orderBy`, and where that is equal, or without it, by `seq`: the order in
// which the documents came in. The direction of `seq` follows the last key. Missing values and null
// come first, then numbers, then text by its bytes; "-" reverses all of it.
//
// What a query has to know of the declarations.
struct QuerySchema {
  const CollectionOptions* options = nullptr;  // of the query's type; null: nothing, or it has none
  std::vector<std::string> searchable = {};    // types with full text, for a query without a type
};

// kParse: the query is wrong; the message begins with the part that is.
Result<CompiledQuery> compileQuery(const Query& query, const QuerySchema& schema = {});

struct CompiledCount {
  std::string sql;
  std::vector<Value> values;
};

Result<CompiledCount> compileCount(const std::optional<std::string>& type,
                                   const std::optional<QueryValue>& where,
                                   const CollectionOptions* options = nullptr);

}  // namespace fsdb
