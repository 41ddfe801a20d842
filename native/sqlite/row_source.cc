#include "sqlite/row_source.h"

#include <sqlite3.h>

#include <memory>
#include <new>
#include <string>

namespace fsdb {
namespace {

constexpr double kManyRows = 500;

// The hidden last column: the argument.
constexpr int kArgument = RowSource::kMaxColumns;

struct Cursor : sqlite3_vtab_cursor {
  const RowSource* source = nullptr;
  size_t row = 0;
};

Cursor& cursorOf(sqlite3_vtab_cursor* cursor) { return *static_cast<Cursor*>(cursor); }

int connect(sqlite3* handle, void*, int, const char* const*, sqlite3_vtab** table, char**) {
  std::string declaration = "CREATE TABLE x(";
  for (int i = 0; i < RowSource::kMaxColumns; i++) declaration += "c" + std::to_string(i) + ", ";
  const int code = sqlite3_declare_vtab(handle, (declaration + "source HIDDEN)").c_str());
  if (code != SQLITE_OK) return code;
  sqlite3_vtab_config(handle, SQLITE_VTAB_DIRECTONLY);
  *table = new (std::nothrow) sqlite3_vtab{};
  return *table == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete table;
  return SQLITE_OK;
}

int bestIndex(sqlite3_vtab*, sqlite3_index_info* info) {
  for (int i = 0; i < info->nConstraint; i++) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn != kArgument || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
  }
  info->estimatedCost = kManyRows;
  info->estimatedRows = static_cast<sqlite3_int64>(kManyRows);
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = new (std::nothrow) Cursor;
  return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete &cursorOf(cursor);
  return SQLITE_OK;
}

// What is no RowSource has no rows.
int filter(sqlite3_vtab_cursor* cursor, int, const char*, int count, sqlite3_value** arguments) {
  void* const source = count > 0 ? sqlite3_value_pointer(arguments[0], kRowSourceType) : nullptr;
  cursorOf(cursor).source = static_cast<const RowSource*>(source);
  cursorOf(cursor).row = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  cursorOf(cursor).row++;
  return SQLITE_OK;
}

int isAtEnd(sqlite3_vtab_cursor* cursor) {
  const Cursor& at = cursorOf(cursor);
  return at.source == nullptr || at.row >= at.source->size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int number) {
  if (number >= kArgument) return SQLITE_OK;
  const ValueView value = cursorOf(cursor).source->value(cursorOf(cursor).row, number);
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    sqlite3_result_int64(context, *integer);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    sqlite3_result_text64(context, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<BlobView>(&value)) {
    sqlite3_result_blob64(context, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  }
  return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = static_cast<sqlite3_int64>(cursorOf(cursor).row);
  return SQLITE_OK;
}

sqlite3_module moduleOf() {
  sqlite3_module module{};
  module.xConnect = connect;  // and no xCreate: it is there without CREATE VIRTUAL TABLE
  module.xDisconnect = disconnect;
  module.xBestIndex = bestIndex;
  module.xOpen = open;
  module.xClose = close;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = isAtEnd;
  module.xColumn = column;
  module.xRowid = rowid;
  return module;
}

const sqlite3_module kModule = moduleOf();

}  // namespace

const char* const kRowSourceType = "fsdb-rows";

bool registerRowSources(sqlite3* handle) {
  return sqlite3_create_module_v2(handle, "_fsdb_rows", &kModule, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace fsdb
