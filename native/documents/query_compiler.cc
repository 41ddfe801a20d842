#include "documents/query_compiler.h"

#include <utility>

#include "documents/search_index.h"
#include "documents/search_text.h"
#include "documents/where_compiler.h"

namespace fsdb {
namespace {

struct OrderKey {
  std::string sql;
  bool descending = false;
  bool nullable = true;
};

// FNV-1a. Only tells an honest mistake: a token that was made for another order.
uint64_t hashOf(const std::vector<OrderKey>& keys) {
  uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](char c) { hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ULL; };
  for (const OrderKey& key : keys) {
    for (const char c : key.sql) add(c);
    add(key.descending ? '-' : '+');
  }
  return hash;
}

Result<std::vector<OrderKey>> compileOrder(const std::vector<std::string>& orderBy) {
  if (orderBy.size() > kMaxOrderKeys) {
    return queryError("orderBy", "more than " + std::to_string(kMaxOrderKeys) + " keys");
  }
  std::vector<OrderKey> keys;
  for (const std::string& text : orderBy) {
    std::string_view path = text;
    OrderKey key;
    key.descending = path.starts_with('-');
    if (key.descending) path.remove_prefix(1);
    auto target = resolveTarget(path, "orderBy " + text);
    if (!target) return std::move(target).error();
    key.sql = target->sql;
    key.nullable = target->nullable;
    keys.push_back(std::move(key));
    if (keys.back().sql == "seq") return keys;  // no two rows are equal up to here
  }
  // In the direction of the last key, so that one index can serve both.
  keys.push_back({"seq", !keys.empty() && keys.back().descending, false});
  return keys;
}

// A partial index is only used if SQLite sees that the query is about its type.
bool hasIndexes(const CollectionOptions& options) {
  return !options.indexes.empty() || !options.unique.empty() || options.keep;
}

std::string typeCondition(const std::string& type, const CollectionOptions* options,
                          std::vector<Value>& values) {
  const bool literal = options != nullptr && hasIndexes(*options);
  return "type = " + (literal ? quoteText(type) : addParameter(values, type));
}

Result<std::string> compileConditions(const std::optional<std::string>& type,
                                      const std::optional<QueryValue>& where,
                                      const CollectionOptions* options,
                                      std::vector<Value>& values) {
  std::string sql;
  if (type) sql = typeCondition(*type, options, values);
  if (!where) return sql;
  QueryContext context;
  if (type && options != nullptr && !options->tags.empty()) {
    context.type = quoteText(*type);
    auto target = resolveTarget(options->tags, "tags");
    if (!target) return std::move(target).error();
    context.tags = target->path;
  }
  auto condition = compileWhere(*where, values, context.tags.empty() ? nullptr : &context);
  if (!condition) return condition;
  // SQLite thinks little of the number of documents of a type; a plus keeps it from looking there.
  if (context.namesRows) sql.insert(0, "+");
  return sql + (sql.empty() ? "" : " AND ") + "(" + *condition + ")";
}

Result<std::vector<std::string>> searchedTypes(const Query& query, const QuerySchema& schema) {
  if (!query.type) {
    if (!schema.searchable.empty()) return schema.searchable;
    return queryError("search", "no collection is declared with the option search");
  }
  if (schema.options != nullptr && schema.options->search) return std::vector{*query.type};
  return queryError(
      "search", "the collection \"" + *query.type + "\" is not declared with the option search");
}

// The rows that full text finds, as a condition in front of the others.
Result<void> addSearch(const Query& query, const QuerySchema& schema, std::string& conditions,
                       std::vector<Value>& values) {
  auto types = searchedTypes(query, schema);
  if (!types) return std::move(types).error();
  if (query.search->size() > kMaxSearchBytes) {
    return queryError("search", "is longer than " + std::to_string(kMaxSearchBytes) + " bytes");
  }
  const std::string text = compileSearch(*query.search);
  std::string found;
  const std::string parameter = text.empty() ? "" : addParameter(values, text);
  for (const auto& type : *types) {
    if (text.empty()) break;
    const std::string table = quoteName(searchTable(type));
    found += (found.empty() ? "seq IN (" : " UNION ALL ") + ("SELECT rowid FROM " + table) +
             " WHERE " + table + " MATCH " + parameter;
  }
  found = found.empty() ? "FALSE" : found + ")";
  // As for conditions that name the rows: see there.
  if (query.type && !conditions.starts_with('+')) conditions.insert(0, "+");
  conditions = found + (conditions.empty() ? "" : " AND " + conditions);
  return {};
}

// "key stands behind value in the order", where `parameter` stands for `value`.
std::string behind(const OrderKey& key, const Value& value, const std::string& parameter) {
  const bool null = std::holds_alternative<std::monostate>(value);
  if (!key.descending) return null ? key.sql + " IS NOT NULL" : key.sql + " > " + parameter;
  if (null) return "FALSE";
  const std::string less = key.sql + " < " + parameter;
  return key.nullable ? "(" + less + " OR " + key.sql + " IS NULL)" : less;
}

// Behind the first key, or equal in the first and behind the second, and so on.
std::string compileAfter(const std::vector<OrderKey>& keys, const PageToken& token,
                         std::vector<Value>& values) {
  std::vector<std::string> parameters;
  for (const Value& value : token.keys) parameters.push_back(addParameter(values, value));
  std::string sql;
  for (size_t i = keys.size(); i-- > 0;) {
    std::string level = behind(keys[i], token.keys[i], parameters[i]);
    if (!sql.empty()) {
      level = "(" + level + " OR (" + keys[i].sql + " IS " + parameters[i] + " AND " + sql + "))";
    }
    sql = std::move(level);
  }
  // Says nothing new, but is what an index on the first key can be searched by.
  const bool null = std::holds_alternative<std::monostate>(token.keys[0]);
  if (keys.size() > 1 && !null && !(keys[0].descending && keys[0].nullable)) {
    sql = keys[0].sql + (keys[0].descending ? " <= " : " >= ") + parameters[0] + " AND " + sql;
  }
  return sql;
}

Result<PageToken> readToken(const std::string& text, const std::vector<OrderKey>& keys) {
  auto token = decodePageToken(text);
  if (!token) return token;
  if (token->order != hashOf(keys) || token->keys.size() != keys.size()) {
    return queryError("after", "belongs to a query with another orderBy");
  }
  return token;
}

Result<int64_t> checkSize(std::string_view at, const std::optional<int64_t>& size) {
  if (!size) return kDefaultPageSize;
  if (*size < 1) return queryError(at, "must be at least 1");
  if (*size > kMaxPageSize) {
    return queryError(at, "must be at most " + std::to_string(kMaxPageSize));
  }
  return *size;
}

struct Paging {
  int64_t size = 0;
  std::optional<int64_t> page;  // nullopt: keyset
  int64_t offset = 0;
};

Result<Paging> compilePaging(const Query& query) {
  Paging paging;
  const bool offset = query.page || query.pageSize;
  if (offset && query.after) return queryError("after", "excludes page and pageSize: use limit");
  if (offset && query.limit) return queryError("limit", "excludes page and pageSize");
  auto size = offset ? checkSize("pageSize", query.pageSize) : checkSize("limit", query.limit);
  if (!size) return std::move(size).error();
  paging.size = *size;
  if (!offset) return paging;
  paging.page = query.page.value_or(1);
  if (*paging.page < 1) return queryError("page", "must be at least 1");
  if (__builtin_mul_overflow(*paging.page - 1, *size, &paging.offset)) {
    return queryError("page", "is too large");
  }
  return paging;
}

std::string whereClause(const std::string& conditions) {
  return conditions.empty() ? "" : " WHERE " + conditions;
}

std::string orderClause(const std::vector<OrderKey>& keys) {
  std::string sql = " ORDER BY ";
  for (size_t i = 0; i < keys.size(); i++) {
    if (i > 0) sql += ", ";
    // By position among the result columns: an expression is then evaluated once per row.
    sql += std::to_string(static_cast<size_t>(kDocumentColumnCount) + i + 1);
    if (keys[i].descending) sql += " DESC";
  }
  return sql;
}

}  // namespace

Result<CompiledQuery> compileQuery(const Query& query, const QuerySchema& schema) {
  auto paging = compilePaging(query);
  if (!paging) return std::move(paging).error();
  auto keys = compileOrder(query.orderBy);
  if (!keys) return std::move(keys).error();
  CompiledQuery compiled;
  auto conditions = compileConditions(query.type, query.where, schema.options, compiled.values);
  if (!conditions) return std::move(conditions).error();
  if (query.search) FSDB_TRY(addSearch(query, schema, *conditions, compiled.values));
  compiled.keyCount = keys->size();
  compiled.order = hashOf(*keys);
  compiled.pageSize = paging->size;
  compiled.page = paging->page;
  if (paging->page) {
    compiled.countSql = "SELECT count(*) FROM documents" + whereClause(*conditions);
    compiled.countValues = compiled.values;
  }
  if (query.after) {
    auto token = readToken(*query.after, *keys);
    if (!token) return std::move(token).error();
    const std::string after = compileAfter(*keys, *token, compiled.values);
    *conditions += (conditions->empty() ? "" : " AND ") + after;
  }
  compiled.sql = "SELECT " + std::string(kDocumentColumns);
  for (const OrderKey& key : *keys) {
    compiled.sql += ", " + key.sql;
    compiled.keyColumns.push_back(key.sql);
  }
  compiled.sql += " FROM documents" + whereClause(*conditions) + orderClause(*keys);
  compiled.sql += " LIMIT " + addParameter(compiled.values, paging->size + 1);
  if (paging->page) compiled.sql += " OFFSET " + addParameter(compiled.values, paging->offset);
  return compiled;
}

Result<CompiledCount> compileCount(const std::optional<std::string>& type,
                                   const std::optional<QueryValue>& where,
                                   const CollectionOptions* options) {
  CompiledCount compiled;
  auto conditions = compileConditions(type, where, options, compiled.values);
  if (!conditions) return std::move(conditions).error();
  compiled.sql = "SELECT count(*) FROM documents" + whereClause(*conditions);
  return compiled;
}

}  // namespace fsdb
