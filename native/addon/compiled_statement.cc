#include "addon/compiled_statement.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "addon/environment.h"

namespace fsdb {
namespace {

using Kind = CompiledStatement::Kind;

// What it takes besides SQLite's own memory: names, factories, this object.
constexpr size_t kOwnBytes = 600;

constexpr struct {
  std::string_view word;
  Kind kind;
} kKinds[] = {{"SELECT", Kind::kRows}, {"INSERT", Kind::kRows},     {"UPDATE", Kind::kRows},
              {"DELETE", Kind::kRows}, {"REPLACE", Kind::kRows},    {"WITH", Kind::kRows},
              {"VALUES", Kind::kRows}, {"BEGIN", Kind::kControl},   {"COMMIT", Kind::kControl},
              {"END", Kind::kControl}, {"RELEASE", Kind::kControl}, {"SAVEPOINT", Kind::kControl}};

// Without the white space, comments and semicolons that it begins with.
std::string_view trim(std::string_view sql) {
  while (!sql.empty()) {
    if (std::isspace(static_cast<unsigned char>(sql.front())) != 0 || sql.front() == ';') {
      sql.remove_prefix(1);
    } else if (sql.substr(0, 2) == "--") {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.substr(0, 2) == "/*") {
      const size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  return sql;
}

}  // namespace

Kind kindOf(std::string_view sql) {
  std::string word;
  for (const char c : trim(sql)) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0 || word.size() > 16) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const auto& each) { return each.word == word; });
  return found == std::end(kKinds) ? Kind::kOther : found->kind;
}

CompiledStatement::CompiledStatement(Statement statement, std::shared_ptr<Environment> environment)
    : statement_(std::move(statement)),
      environment_(std::move(environment)),
      parameters_(statement_),
      kind_(kindOf(statement_.sql())),
      reader_(statement_.columnCount() > 0),
      readonly_(statement_.isReadonly()),
      explain_(statement_.isExplain()),
      bytes_(kOwnBytes + statement_.memoryUsed()) {
  environment_->accountMemory(static_cast<int64_t>(bytes_));
}

CompiledStatement::~CompiledStatement() {
  environment_->accountMemory(-static_cast<int64_t>(bytes_));
}

// The columns of a statement change when the schema does and SQLite prepares it again.
const RowFactory& CompiledStatement::rowFactory(RowMode mode) {
  const int timesPrepared = statement_.timesPrepared();
  if (timesPrepared != factoriesPrepared_) factories_ = {};
  factoriesPrepared_ = timesPrepared;
  auto& factory = factories_[static_cast<size_t>(mode)];
  if (factory) return *factory;
  const int count = mode == RowMode::kFirstColumn ? 1 : statement_.columnCount();
  std::vector<RowColumn> columns(static_cast<size_t>(count));
  const bool named = mode == RowMode::kObject || mode == RowMode::kExpanded;
  for (int i = 0; named && i < count; i++) {
    auto& column = columns[static_cast<size_t>(i)];
    column.name = statement_.columnName(i);
    if (mode != RowMode::kExpanded) continue;
    column.table = statement_.columnSource(i).table.value_or("$");
  }
  factory = environment_->factories().rows(columns, mode);
  return *factory;
}

bool CompiledStatement::takePreparedAgain() {
  const int timesPrepared = statement_.timesPrepared();
  return std::exchange(timesPrepared_, timesPrepared) != timesPrepared;
}

}  // namespace fsdb
