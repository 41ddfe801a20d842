#include "documents/where_compiler.h"

#include <cmath>
#include <span>
#include <utility>
#include <variant>

namespace fsdb {
namespace {

using Kind = QueryTarget::Kind;

template <typename T>
const T* as(const QueryValue& value) {
  return std::get_if<T>(&value.data);
}

bool isNumber(const QueryValue& value) {
  return as<int64_t>(value) != nullptr || as<double>(value) != nullptr;
}

// json_extract() returns 1 for true and 0 for false.
bool looksLikeBoolean(const QueryValue& value) {
  if (const auto* integer = as<int64_t>(value)) return *integer == 0 || *integer == 1;
  const auto* real = as<double>(value);
  return real != nullptr && (*real == 0 || *real == 1);
}

// json_extract() returns the JSON text of arrays and objects.
bool looksLikeContainer(std::string_view text) {
  return !text.empty() && (text.front() == '[' || text.front() == '{');
}

Value toValue(const QueryValue& value) {
  if (const auto* integer = as<int64_t>(value)) return *integer;
  if (const auto* real = as<double>(value)) return *real;
  if (const auto* text = as<std::string>(value)) return *text;
  return std::monostate();
}

// As a balanced tree: SQLite's parser would nest a chain as deep as it is long.
std::string join(std::span<const std::string> conditions, std::string_view operation,
                 std::string_view none) {
  if (conditions.empty()) return std::string(none);
  if (conditions.size() == 1) return conditions.front();
  const size_t half = conditions.size() / 2;
  return "(" + join(conditions.first(half), operation, none) + " " + std::string(operation) + " " +
         join(conditions.subspan(half), operation, none) + ")";
}

std::string negate(const std::string& condition) { return "((" + condition + ") IS NOT TRUE)"; }

class WhereCompiler {
 public:
  WhereCompiler(std::vector<Value>& values, QueryContext* context)
      : values_(values), context_(context) {}

  Result<std::string> object(const QueryValue& where, const std::string& at, int depth);

 private:
  Result<std::string> member(const std::string& key, const QueryValue& value, const std::string& at,
                             int depth);
  Result<std::string> list(const QueryValue& value, const std::string& at, int depth,
                           bool conjunction);
  Result<std::string> field(const std::string& key, const QueryValue& value, const std::string& at);
  Result<std::string> operation(const QueryTarget& target, std::string_view name,
                                const QueryValue& value, const std::string& at);

  Result<std::string> equal(const QueryTarget& target, const QueryValue& value,
                            const std::string& at);
  Result<std::string> jsonEqual(const QueryTarget& target, const QueryValue& value);
  Result<std::string> in(const QueryTarget& target, const QueryValue& value, const std::string& at);
  Result<std::string> range(const QueryTarget& target, const char* comparison,
                            const QueryValue& value, const std::string& at);
  Result<std::string> contains(const QueryTarget& target, const QueryValue& value,
                               const std::string& at);
  std::string hasTag(const QueryValue& value);
  Result<std::string> exists(const QueryTarget& target, const QueryValue& value,
                             const std::string& at);
  Result<std::string> match(const QueryTarget& target, const char* comparison,
                            const QueryValue& value, const std::string& at);

  Result<void> countCondition(const std::string& at);
  Result<void> checkScalar(const QueryValue& value, const std::string& at);
  Result<void> checkKind(const QueryTarget& target, const QueryValue& value, const std::string& at);
  std::string parameter(const QueryValue& value) { return addParameter(values_, toValue(value)); }

  std::vector<Value>& values_;
  QueryContext* const context_;  // null: none
  bool must_ = true;             // what is compiled has to hold: it stands in no `or` and no `not`
  int conditions_ = 0;
};

Result<std::string> WhereCompiler::object(const QueryValue& where, const std::string& at,
                                          int depth) {
  const auto* members = as<QueryValue::Object>(where);
  if (members == nullptr) return queryError(at, "expects an object");
  if (depth > kMaxWhereDepth) {
    return queryError("where", "nested deeper than " + std::to_string(kMaxWhereDepth) + " levels");
  }
  std::vector<std::string> conditions;
  for (const auto& [key, value] : *members) {
    auto condition = member(key, value, at + "." + key, depth);
    if (!condition) return condition;
    conditions.push_back(std::move(*condition));
  }
  return join(conditions, "AND", "TRUE");
}

Result<std::string> WhereCompiler::member(const std::string& key, const QueryValue& value,
                                          const std::string& at, int depth) {
  if (key == "and" || key == "or") return list(value, at, depth, key == "and");
  if (key != "not") return field(key, value, at);
  const bool must = std::exchange(must_, false);
  auto condition = object(value, at, depth + 1);
  must_ = must;
  if (!condition) return condition;
  return negate(*condition);
}

Result<std::string> WhereCompiler::list(const QueryValue& value, const std::string& at, int depth,
                                        bool conjunction) {
  const auto* elements = as<QueryValue::Array>(value);
  if (elements == nullptr) return queryError(at, "expects an array of conditions");
  std::vector<std::string> conditions;
  const bool must = std::exchange(must_, must_ && conjunction);
  for (size_t i = 0; i < elements->size(); i++) {
    FSDB_TRY(countCondition(at));
    auto condition = object((*elements)[i], at + "[" + std::to_string(i) + "]", depth + 1);
    if (!condition) return condition;
    conditions.push_back(std::move(*condition));
  }
  must_ = must;
  return conjunction ? join(conditions, "AND", "TRUE") : join(conditions, "OR", "FALSE");
}

Result<std::string> WhereCompiler::field(const std::string& key, const QueryValue& value,
                                         const std::string& at) {
  auto target = resolveTarget(key, at);
  if (!target) return std::move(target).error();
  const auto* operators = as<QueryValue::Object>(value);
  if (operators == nullptr) {
    FSDB_TRY(countCondition(at));
    return equal(*target, value, at);
  }
  if (operators->empty()) return queryError(at, "no operator");
  std::vector<std::string> conditions;
  for (const auto& [name, operand] : *operators) {
    FSDB_TRY(countCondition(at));
    auto condition = operation(*target, name, operand, at + "." + name);
    if (!condition) return condition;
    conditions.push_back(std::move(*condition));
  }
  return join(conditions, "AND", "TRUE");
}

Result<std::string> WhereCompiler::operation(const QueryTarget& target, std::string_view name,
                                             const QueryValue& value, const std::string& at) {
  if (name == "eq") return equal(target, value, at);
  if (name == "ne") {
    auto condition = equal(target, value, at);
    if (!condition) return condition;
    return negate(*condition);
  }
  if (name == "gt") return range(target, ">", value, at);
  if (name == "gte") return range(target, ">=", value, at);
  if (name == "lt") return range(target, "<", value, at);
  if (name == "lte") return range(target, "<=", value, at);
  if (name == "in") return in(target, value, at);
  if (name == "contains") return contains(target, value, at);
  if (name == "exists") return exists(target, value, at);
  if (name == "like") return match(target, "LIKE", value, at);
  if (name == "glob") return match(target, "GLOB", value, at);
  return queryError(at,
                    "unknown operator; there are eq, ne, gt, gte, lt, lte, in, contains, exists, "
                    "like and glob");
}

Result<std::string> WhereCompiler::equal(const QueryTarget& target, const QueryValue& value,
                                         const std::string& at) {
  FSDB_TRY(checkScalar(value, at));
  if (as<std::monostate>(value) != nullptr) return target.sql + " IS NULL";
  if (target.kind == Kind::kJson) return jsonEqual(target, value);
  FSDB_TRY(checkKind(target, value, at));
  return target.sql + " = " + parameter(value);
}

// Compares what json_extract() returns, so that an index on it can be used, and looks at the type
// only where that may be something else than it seems.
Result<std::string> WhereCompiler::jsonEqual(const QueryTarget& target, const QueryValue& value) {
  if (const auto* boolean = as<bool>(value)) {
    return "(" + target.sql + (*boolean ? " = 1" : " = 0") + " AND " + target.typeSql +
           (*boolean ? " = 'true')" : " = 'false')");
  }
  const std::string plain = target.sql + " = " + parameter(value);
  if (looksLikeBoolean(value)) {
    return "(" + plain + " AND " + target.typeSql + " IN ('integer', 'real'))";
  }
  const auto* text = as<std::string>(value);
  if (text != nullptr && looksLikeContainer(*text)) {
    return "(" + plain + " AND " + target.typeSql + " = 'text')";
  }
  return plain;
}

Result<std::string> WhereCompiler::in(const QueryTarget& target, const QueryValue& value,
                                      const std::string& at) {
  const auto* elements = as<QueryValue::Array>(value);
  if (elements == nullptr) return queryError(at, "expects an array");
  std::string plain;                 // what an SQL list can hold
  std::vector<std::string> special;  // what needs a condition of its own
  std::string likely;                // all that json_extract() may return then; for an index
  bool null = false;
  for (size_t i = 0; i < elements->size(); i++) {
    const QueryValue& element = (*elements)[i];
    const std::string place = at + "[" + std::to_string(i) + "]";
    FSDB_TRY(checkScalar(element, place));
    const auto* text = as<std::string>(element);
    const bool ambiguous = looksLikeBoolean(element) || as<bool>(element) != nullptr ||
                           as<std::monostate>(element) != nullptr ||
                           (text != nullptr && looksLikeContainer(*text));
    if (target.kind == Kind::kJson && ambiguous) {
      FSDB_TRY(countCondition(at));
      special.push_back(*equal(target, element, place));
      const auto* boolean = as<bool>(element);
      null = null || as<std::monostate>(element) != nullptr;
      if (null) continue;
      likely += (likely.empty() ? "" : ", ") +
                (boolean != nullptr ? std::string(*boolean ? "1" : "0") : parameter(element));
      continue;
    }
    if (as<std::monostate>(element) != nullptr) {
      FSDB_TRY(countCondition(at));
      special.push_back(target.sql + " IS NULL");
      continue;
    }
    FSDB_TRY(checkKind(target, element, place));
    plain += (plain.empty() ? "" : ", ") + parameter(element);
  }
  if (!plain.empty()) special.push_back(target.sql + " IN (" + plain + ")");
  std::string condition = join(special, "OR", "FALSE");
  if (likely.empty() || null) return condition;
  // Says nothing new, but is what an index can be searched by, as the alternatives are not.
  return "(" + target.sql + " IN (" + likely + (plain.empty() ? "" : ", " + plain) + ") AND " +
         condition + ")";
}

Result<std::string> WhereCompiler::range(const QueryTarget& target, const char* comparison,
                                         const QueryValue& value, const std::string& at) {
  const bool text = as<std::string>(value) != nullptr;
  if (!text && !isNumber(value)) return queryError(at, "expects a number or text");
  FSDB_TRY(checkScalar(value, at));
  FSDB_TRY(checkKind(target, value, at));
  const std::string compared = target.sql + " " + comparison + " " + parameter(value);
  if (target.kind != Kind::kJson) return compared;
  // In SQLite every number is less than every text.
  return "(" + compared + " AND " + target.typeSql +
         (text ? " = 'text')" : " IN ('integer', 'real'))");
}

Result<std::string> WhereCompiler::contains(const QueryTarget& target, const QueryValue& value,
                                            const std::string& at) {
  FSDB_TRY(checkScalar(value, at));
  const bool text = as<std::string>(value) != nullptr;
  if (target.kind != Kind::kJson) {
    if (target.kind != Kind::kText || !text) return queryError(at, "works on text and arrays only");
    return "instr(" + target.sql + ", " + parameter(value) + ") > 0";
  }
  if (text && context_ != nullptr && target.path == context_->tags) return hasTag(value);
  std::string element;
  if (as<std::monostate>(value) != nullptr) {
    element = "element.type = 'null'";
  } else if (const auto* boolean = as<bool>(value)) {
    element = *boolean ? "element.type = 'true'" : "element.type = 'false'";
  } else {
    element = std::string(text ? "element.type = 'text'" : "element.type IN ('integer', 'real')") +
              " AND element.atom = " + parameter(value);
  }
  const std::string inArray = "EXISTS (SELECT 1 FROM json_each(document, " + target.path +
                              ") AS element WHERE " + element + ")";
  std::string condition = "(CASE " + target.typeSql + " WHEN 'array' THEN " + inArray;
  if (text)
    condition += " WHEN 'text' THEN instr(" + target.sql + ", " + parameter(value) + ") > 0";
  return condition + " ELSE FALSE END)";
}

// The same from the table of tags, which also has the text that stands where an array should.
std::string WhereCompiler::hasTag(const QueryValue& value) {
  const std::string tag = parameter(value);
  if (must_) context_->namesRows = true;
  const std::string from = "SELECT seq FROM _fsdb_tags WHERE type = " + context_->type;
  return "seq IN (" + from + " AND whole = 0 AND tag = " + tag + " UNION ALL " + from +
         " AND whole = 1 AND instr(tag, " + tag + ") > 0)";
}

Result<std::string> WhereCompiler::exists(const QueryTarget& target, const QueryValue& value,
                                          const std::string& at) {
  const auto* expected = as<bool>(value);
  if (expected == nullptr) return queryError(at, "expects true or false");
  const std::string& subject = target.kind == Kind::kJson ? target.typeSql : target.sql;
  return subject + (*expected ? " IS NOT NULL" : " IS NULL");
}

Result<std::string> WhereCompiler::match(const QueryTarget& target, const char* comparison,
                                         const QueryValue& value, const std::string& at) {
  const auto* pattern = as<std::string>(value);
  if (pattern == nullptr) return queryError(at, "expects text");
  if (target.kind == Kind::kInteger) return queryError(at, "works on text only");
  if (pattern->size() > kMaxPatternBytes) {
    return queryError(at,
                      "the pattern is longer than " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  FSDB_TRY(checkScalar(value, at));
  const std::string matched = target.sql + " " + comparison + " " + parameter(value);
  if (target.kind == Kind::kText) return matched;
  return "(" + target.typeSql + " = 'text' AND " + matched + ")";
}

Result<void> WhereCompiler::countCondition(const std::string& at) {
  if (++conditions_ <= kMaxWhereConditions) return {};
  return queryError(at, "more than " + std::to_string(kMaxWhereConditions) + " conditions");
}

Result<void> WhereCompiler::checkScalar(const QueryValue& value, const std::string& at) {
  if (as<QueryValue::Array>(value) != nullptr || as<QueryValue::Object>(value) != nullptr) {
    return queryError(at, "expects text, a number, a boolean or null");
  }
  const auto* real = as<double>(value);
  if (real != nullptr && !std::isfinite(*real)) return queryError(at, "is not a finite number");
  if (values_.size() >= kMaxWhereValues) {
    return queryError(at, "more than " + std::to_string(kMaxWhereValues) + " values");
  }
  return {};
}

// SQLite would convert "5" for a column of numbers and 5 for a column of text.
Result<void> WhereCompiler::checkKind(const QueryTarget& target, const QueryValue& value,
                                      const std::string& at) {
  if (target.kind == Kind::kText && as<std::string>(value) == nullptr) {
    return queryError(at, "expects text");
  }
  if (target.kind == Kind::kInteger && !isNumber(value)) return queryError(at, "expects a number");
  return {};
}

}  // namespace

std::string addParameter(std::vector<Value>& values, Value value) {
  values.push_back(std::move(value));
  return "?" + std::to_string(values.size());
}

Result<std::string> compileWhere(const QueryValue& where, std::vector<Value>& values,
                                 QueryContext* context) {
  return WhereCompiler(values, context).object(where, "where", 1);
}

}  // namespace fsdb
