// A question about documents, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fsdb {

// A JavaScript value as the query compiler sees it. Objects keep the order of their keys.
struct QueryValue {
  using Array = std::vector<QueryValue>;
  using Object = std::vector<std::pair<std::string, QueryValue>>;
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> data;
};

struct Query {
  // Initialised, so that a query can name only the members that it needs.
  std::optional<std::string> type = {};    // one type; nullopt: all
  std::optional<QueryValue> where = {};    // the language: where_compiler.h
  std::optional<std::string> search = {};  // as people type it: search_text.h
  std::vector<std::string> orderBy = {};  // JSON paths or column names, "-" in front for descending
  std::optional<int64_t> limit = {};  // rows at most, for keyset paging; default kDefaultPageSize
  std::optional<std::string> after = {};  // `next` of the page before; excludes `page`
  std::optional<int64_t> page = {};       // from 1, for offset paging; the answer then has `total`
  std::optional<int64_t> pageSize = {};   // default kDefaultPageSize; without `page`: the first
};

inline constexpr int64_t kDefaultPageSize = 100;
inline constexpr int64_t kMaxPageSize = 10'000;

struct StoredDocument {
  std::string type;
  std::string id;
  std::string name;
  std::string document;  // JSON
  int64_t version = 0;
  int64_t seq = 0;
  std::optional<std::string> filePath;
  std::optional<std::string> fileModified;
  std::string createdAt;
  std::string updatedAt;
};

struct DocumentPage {
  std::vector<StoredDocument> rows;
  std::optional<int64_t> page;
  int64_t pageSize = 0;
  std::optional<int64_t> total;
  bool hasMore = false;
  std::optional<std::string> next;  // opaque: where the next page begins
};

// What a search has found.
struct SearchHit {
  StoredDocument document;
  double rank = 0;      // the lower the better
  std::string snippet;  // around what matches
};

// Where matches begin and end in a snippet.
inline constexpr const char* kMatchBegin = "[";
inline constexpr const char* kMatchEnd = "]";

// How far the full text of a type has been filled.
struct SearchProgress {
  std::string type;
  int64_t indexed = 0;  // documents, while it is being filled
  bool ready = false;   // all that is stored can be found
};

// Between two documents: what one names, or what names it.
struct DocumentReference {
  std::string type;
  std::string id;
  std::optional<std::string> name;     // nullopt: there is no such document
  std::optional<std::string> context;  // JSON
  bool dangling = false;               // what is referred to does not exist
};

// How SQLite goes about a query.
struct QueryPlan {
  std::string sql;
  std::vector<std::string> steps;    // in SQLite's words
  std::vector<std::string> indexes;  // that are used
  bool usesIndex =
      false;  // for more than the type: not every document of it is looked at, or sorted
  bool sorts = false;
};

}  // namespace fsdb
