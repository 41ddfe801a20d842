#include "sqlite/virtual_table.h"

#include <sqlite3.h>

#include <utility>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

// SQLite's structs come first, so that a pointer to one is a pointer to the whole.
struct Table {
  sqlite3_vtab base{};
  TableDefinition definition;
};

struct Cursor {
  sqlite3_vtab_cursor base{};
  std::unique_ptr<TableReading> source;
  std::vector<std::optional<Value>> parameters;
  int64_t row = 0;
  bool onRow = false;
};

Table& tableOf(sqlite3_vtab* base) { return *reinterpret_cast<Table*>(base); }
Cursor& cursorOf(sqlite3_vtab_cursor* base) { return *reinterpret_cast<Cursor*>(base); }

char* copyForSqlite(const std::string& text) { return sqlite3_mprintf("%s", text.c_str()); }

int fail(sqlite3_vtab* table, const Error& error) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = copyForSqlite(error.message);
  return SQLITE_ERROR;
}

// Parameters come first: their places do not depend on the columns.
std::string declarationOf(const TableDefinition& definition) {
  std::string sql = "CREATE TABLE x(";
  for (const auto& parameter : definition.parameters) sql += quoteName(parameter) + " HIDDEN, ";
  for (const auto& column : definition.columns) sql += quoteName(column) + ", ";
  sql.resize(sql.size() - 2);
  return sql + ")";
}

TableRequest requestOf(int count, const char* const* words) {
  TableRequest request{words[0], words[1], words[2], {}};
  for (int i = 3; i < count; i++) request.arguments.emplace_back(words[i]);
  // SQLite passes `()` as one empty argument.
  if (request.arguments == std::vector<std::string>{""}) request.arguments.clear();
  return request;
}

int connect(sqlite3* handle, void* module, int count, const char* const* words,
            sqlite3_vtab** table, char** message) {
  auto definition = (*static_cast<TableModule*>(module))(requestOf(count, words));
  if (!definition) {
    *message = copyForSqlite(definition.error().message);
    return SQLITE_ERROR;
  }
  const int declared = sqlite3_declare_vtab(handle, declarationOf(*definition).c_str());
  if (declared != SQLITE_OK) {
    *message = copyForSqlite(sqlite3_errmsg(handle));
    return declared;
  }
  sqlite3_vtab_config(handle,
                      definition->directOnly ? SQLITE_VTAB_DIRECTONLY : SQLITE_VTAB_INNOCUOUS);
  auto made = std::make_unique<Table>();
  made->definition = std::move(definition).value();
  *table = &made.release()->base;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  sqlite3_free(table->zErrMsg);
  delete &tableOf(table);
  return SQLITE_OK;
}

// Every parameter that the query gives a value for must have it before the rows can be asked for: a
// plan that has it only later is no plan. idxNum has a bit for each of them, in order.
int bestIndex(sqlite3_vtab* table, sqlite3_index_info* plan) {
  const int parameters = static_cast<int>(tableOf(table).definition.parameters.size());
  std::vector<int> constraintOf(static_cast<size_t>(parameters), -1);
  for (int i = 0; i < plan->nConstraint; i++) {
    const auto& constraint = plan->aConstraint[i];
    const int column = constraint.iColumn;
    if (column < 0 || column >= parameters || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    if (constraintOf[static_cast<size_t>(column)] < 0)
      constraintOf[static_cast<size_t>(column)] = i;
  }
  unsigned given = 0;
  int count = 0;
  for (int column = 0; column < parameters; column++) {
    const int i = constraintOf[static_cast<size_t>(column)];
    if (i < 0) continue;
    given |= 1U << static_cast<unsigned>(column);
    plan->aConstraintUsage[i].argvIndex = ++count;
    plan->aConstraintUsage[i].omit = 1;
  }
  plan->idxNum = static_cast<int>(given);
  // Unknown; less the more is given.
  plan->estimatedCost = 1e6 / (1 + count);
  plan->estimatedRows = 1'000'000 / (1 + count);
  return SQLITE_OK;
}

int openCursor(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = &(new Cursor)->base;
  return SQLITE_OK;
}

int closeCursor(sqlite3_vtab_cursor* cursor) {
  delete &cursorOf(cursor);
  return SQLITE_OK;
}

Value valueOf(sqlite3_value* value) {
  const FunctionArguments one(&value, 1);
  switch (one.type(0)) {
    case ValueType::kInteger:
      return one.integer(0);
    case ValueType::kReal:
      return one.real(0);
    case ValueType::kText:
      return std::string(one.text(0));
    case ValueType::kBlob:
      return Blob{std::string(one.blob(0))};
    case ValueType::kNull:
      break;
  }
  return std::monostate();
}

int moved(Cursor& cursor, const Result<bool>& row) {
  cursor.onRow = row && *row;
  cursor.row++;
  return row ? SQLITE_OK : fail(cursor.base.pVtab, row.error());
}

// SQLite reads a cursor again, with other parameters, in the inner loop of a join.
int filter(sqlite3_vtab_cursor* base, int given, const char*, int, sqlite3_value** values) {
  Cursor& cursor = cursorOf(base);
  const auto& definition = tableOf(base->pVtab).definition;
  cursor.parameters.assign(definition.parameters.size(), std::nullopt);
  for (size_t i = 0; i < cursor.parameters.size(); i++) {
    if ((static_cast<unsigned>(given) >> i & 1U) != 0) cursor.parameters[i] = valueOf(*values++);
  }
  cursor.row = 0;
  cursor.source = definition.open();
  return moved(cursor, cursor.source->start(cursor.parameters));
}

int next(sqlite3_vtab_cursor* base) {
  Cursor& cursor = cursorOf(base);
  return moved(cursor, cursor.source->next());
}

int isAtEnd(sqlite3_vtab_cursor* base) { return cursorOf(base).onRow ? 0 : 1; }

void returnValue(const Value& value, FunctionOutcome& outcome) {
  struct Setter {
    FunctionOutcome& outcome;
    void operator()(std::monostate) { outcome.setNull(); }
    void operator()(int64_t number) { outcome.set(number); }
    void operator()(double number) { outcome.set(number); }
    void operator()(const std::string& text) { outcome.setText(text); }
    void operator()(const Blob& blob) { outcome.setBlob(blob.bytes); }
  };
  std::visit(Setter{outcome}, value);
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
  Cursor& cursor = cursorOf(base);
  FunctionOutcome outcome(context);
  const auto parameters = static_cast<int>(cursor.parameters.size());
  if (index >= parameters) {
    cursor.source->column(index - parameters, outcome);
  } else if (const auto& value = cursor.parameters[static_cast<size_t>(index)]) {
    returnValue(*value, outcome);
  }
  return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* rowid) {
  *rowid = cursorOf(base).row;
  return SQLITE_OK;
}

// SQLite takes a module whose xCreate is its xConnect for a ready table as well.
int create(sqlite3* handle, void* module, int count, const char* const* words, sqlite3_vtab** table,
           char** message) {
  return connect(handle, module, count, words, table, message);
}

sqlite3_module moduleOf(TableKind kind) {
  sqlite3_module module{};
  module.iVersion = 1;
  // Without xCreate no table can be made of the module: it is one.
  if (kind == TableKind::kModule) module.xCreate = &create;
  module.xConnect = &connect;
  module.xBestIndex = &bestIndex;
  module.xDisconnect = &disconnect;
  module.xDestroy = &disconnect;
  module.xOpen = &openCursor;
  module.xClose = &closeCursor;
  module.xFilter = &filter;
  module.xNext = &next;
  module.xEof = &isAtEnd;
  module.xColumn = &column;
  module.xRowid = &rowid;
  return module;
}

const sqlite3_module kReadyModule = moduleOf(TableKind::kReady);
const sqlite3_module kTableModule = moduleOf(TableKind::kModule);

}  // namespace

Result<void> defineTable(Connection& connection, const std::string& name, TableKind kind,
                         TableModule module) {
  // SQLite owns it from here on, also if it refuses it.
  auto* const owned = new TableModule(std::move(module));
  const int code = sqlite3_create_module_v2(
      connection.handle(), name.c_str(), kind == TableKind::kReady ? &kReadyModule : &kTableModule,
      owned, [](void* object) { delete static_cast<TableModule*>(object); });
  if (code != SQLITE_OK) return connection.lastError({});
  return {};
}

}  // namespace fsdb
