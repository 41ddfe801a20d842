#include "documents/query_target.h"

#include "parse/json_path.h"

namespace fsdb {
namespace {

using Kind = QueryTarget::Kind;

struct Column {
  std::string_view name;
  const char* sql;
  Kind kind;
  bool nullable;
};

constexpr Column kColumns[] = {
    {"id", "id", Kind::kText, false},
    {"name", "name", Kind::kText, false},
    {"type", "type", Kind::kText, false},
    {"version", "version", Kind::kInteger, false},
    {"seq", "seq", Kind::kInteger, false},
    {"filePath", "file_path", Kind::kText, true},
    {"fileModified", "file_modified", Kind::kText, true},
    {"createdAt", "created_at", Kind::kText, false},
    {"updatedAt", "updated_at", Kind::kText, false},
};

}  // namespace

Error queryError(std::string_view at, std::string_view what) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::string(at) + ": " + std::string(what);
  return error;
}

std::string quoteText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted += '\'';
}

Result<QueryTarget> resolveTarget(std::string_view path, std::string_view at) {
  QueryTarget target;
  for (const Column& column : kColumns) {
    if (column.name != path) continue;
    target.kind = column.kind;
    target.nullable = column.nullable;
    target.sql = column.sql;
    return target;
  }
  auto parsed = JsonPath::parse(path);
  if (!parsed) return queryError(at, parsed.error().message);
  const auto sqlite = parsed->toSqlite();
  if (!sqlite) return queryError(at, "a key with a double quote in it cannot be queried");
  target.path = quoteText(*sqlite);
  target.sql = "json_extract(document, " + target.path + ")";
  target.typeSql = "json_type(document, " + target.path + ")";
  return target;
}

}  // namespace fsdb
