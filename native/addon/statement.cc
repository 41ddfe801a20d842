#include "addon/statement.h"

#include <limits>
#include <string>

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"

namespace fsdb {

// While a call runs, the statement is this object's alone, and neither it nor its database may end:
// arguments may have getters, and getters may do anything.
class StatementObject::Execution {
 public:
  explicit Execution(StatementObject& statement) : statement_(statement) {
    statement_.checkUsable();
    auto& compiled = statement_.compiled_;
    if (compiled->inUse) {
      compiled = statement_.database_->compile(std::string(compiled->statement().sql()));
    }
    compiled->inUse = true;
    statement_.running_ = true;
    statement_.database_->executing++;
  }
  ~Execution() {
    statement_.database_->executing--;
    statement_.running_ = false;
    statement_.compiled_->inUse = statement_.iterating_;
    statement_.database_->ran(*statement_.compiled_);
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

 private:
  StatementObject& statement_;
};

Napi::Function StatementObject::define(Napi::Env env) {
  return DefineClass(
      env, "Statement",
      {InstanceMethod("all", &StatementObject::all), InstanceMethod("get", &StatementObject::get),
       InstanceMethod("run", &StatementObject::run),
       InstanceMethod("startIterating", &StatementObject::startIterating),
       InstanceMethod("nextRows", &StatementObject::nextRows),
       InstanceMethod("stopIterating", &StatementObject::stopIterating),
       InstanceMethod("bind", &StatementObject::bind),
       InstanceMethod("pluck", &StatementObject::pluck),
       InstanceMethod("expand", &StatementObject::expand),
       InstanceMethod("raw", &StatementObject::raw),
       InstanceMethod("safeIntegers", &StatementObject::safeIntegers),
       InstanceMethod("columns", &StatementObject::columns),
       InstanceAccessor<&StatementObject::reader>("reader"),
       InstanceAccessor<&StatementObject::readonly>("readonly"),
       InstanceAccessor<&StatementObject::busy>("busy")});
}

StatementObject::StatementObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info), database_(DatabaseObject::stateOf(info[0])) {
  database_->checkOpen(info.Env());
  if (database_->executing > 0) database_->checkIdle(info.Env());
  compiled_ = database_->compile(toText(info[1]));
  options_.safeIntegers = database_->safeIntegers;
  database_->statements.insert(this);
}

StatementObject::~StatementObject() {
  stop();
  database_->statements.erase(this);
}

void StatementObject::end() {
  stop();
  compiled_->end();
}

void StatementObject::stop() {
  if (!iterating_) return;
  iterating_ = false;
  onRow_ = false;
  compiled_->inUse = false;
  database_->iterating--;
  if (!sqlite()) return;
  sqlite().reset();
  sqlite().clearBindings();
}

void StatementObject::checkUsable() {
  database_->checkOpen(Env());
  if (iterating_ || running_) {
    throw Napi::TypeError::New(Env(), "This statement is busy executing a query");
  }
  if (database_->executing > 0 || !compiled_->isReadonly()) database_->checkIdle(Env());
}

void StatementObject::checkReader(const char* method) {
  if (compiled_->isReader()) return;
  throw Napi::TypeError::New(Env(), method == nullptr
                                        ? "This statement does not return data. Use run() instead"
                                        : "The " + std::string(method) +
                                              "() method is only for statements that return data");
}

void StatementObject::bindArguments(Binding& binding, const Napi::CallbackInfo& info) {
  if (bound_) {
    if (info.Length() > 0) {
      throw Napi::TypeError::New(Env(), "This statement already has bound parameters");
    }
    binding.bind(*bound_);
  } else {
    binding.bind(info);
  }
  if (database_->verbose) database_->log(sqlite());
}

bool StatementObject::step() {
  auto row = sqlite().step();
  if (!row) throw database_->sqlError(row.error());
  return *row;
}

Napi::Value StatementObject::all(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(nullptr);
  Binding binding(Env(), sqlite(), compiled_->parameters(), Binding::Keep::kWhileBound);
  bindArguments(binding, info);
  const auto rows = Napi::Array::New(Env());
  if (!step()) return rows;
  const auto read = readRows(Env(), *compiled_, options_, rows, std::numeric_limits<size_t>::max());
  if (!read) throw database_->sqlError(read.error());
  return rows;
}

Napi::Value StatementObject::get(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(nullptr);
  Binding binding(Env(), sqlite(), compiled_->parameters(), Binding::Keep::kWhileBound);
  bindArguments(binding, info);
  if (!step()) return Env().Undefined();
  return {Env(), readRow(Env(), *compiled_, options_)};
}

// Returns how many rows have changed.
int64_t StatementObject::runToEnd(const Napi::CallbackInfo& info) {
  Connection& connection = database_->connection();
  const int64_t before = connection.totalChanges();
  Binding binding(Env(), sqlite(), compiled_->parameters(), Binding::Keep::kWhileBound);
  bindArguments(binding, info);
  while (step()) continue;
  binding.ended();
  // SQLite keeps the count of the last statement that changed rows.
  return connection.totalChanges() == before ? 0 : connection.changes();
}

// Making an object from here costs as much as running many a statement: lib/ makes it, of the
// number of changes and of the rowid that Factories hands it.
Napi::Value StatementObject::run(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  const int64_t changes = runToEnd(info);
  const int64_t rowid = database_->connection().lastInsertRowid();
  auto& factories = database_->environment->factories();
  if (options_.safeIntegers) {
    return {Env(), factories.runResult(toJs(Env(), changes), toBigInt(Env(), rowid))};
  }
  factories.setLastRowid(static_cast<double>(rowid));
  return {Env(), toJs(Env(), changes)};
}

Napi::Value StatementObject::bind(const Napi::CallbackInfo& info) {
  if (bound_) {
    throw Napi::TypeError::New(Env(),
                               "The bind() method can only be invoked once per statement object");
  }
  const Execution execution(*this);
  Binding binding(Env(), sqlite(), compiled_->parameters(), Binding::Keep::kWhileBound);
  bound_ = binding.bindAndKeep(info);
  return info.This();
}

void StatementObject::startIterating(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(nullptr);
  Binding binding(Env(), sqlite(), compiled_->parameters(), Binding::Keep::kAlways);
  bindArguments(binding, info);
  onRow_ = step();
  binding.release();
  iterating_ = true;
  database_->iterating++;
}

Napi::Value StatementObject::nextRows(const Napi::CallbackInfo& info) {
  const auto rows = Napi::Array::New(Env());
  if (!iterating_) {
    database_->checkOpen(Env());
    return rows;
  }
  if (running_) throw Napi::TypeError::New(Env(), "This statement is busy executing a query");
  if (!onRow_) return rows;
  const auto limit = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  running_ = true;
  database_->executing++;
  auto more = readRows(Env(), *compiled_, options_, rows, limit);
  database_->executing--;
  running_ = false;
  onRow_ = more && *more;
  if (!more) {
    stop();
    throw database_->sqlError(more.error());
  }
  return rows;
}

void StatementObject::stopIterating(const Napi::CallbackInfo&) { stop(); }

// pluck(), expand() and raw() exclude each other; called without an argument they switch on.
Napi::Value StatementObject::setMode(const Napi::CallbackInfo& info, RowMode mode,
                                     const char* method) {
  checkReader(method);
  if (iterating_ || running_) checkUsable();
  const bool on = toSwitch(info);
  if (on) options_.mode = mode;
  if (!on && options_.mode == mode) options_.mode = RowMode::kObject;
  return info.This();
}

Napi::Value StatementObject::pluck(const Napi::CallbackInfo& info) {
  return setMode(info, RowMode::kFirstColumn, "pluck");
}

Napi::Value StatementObject::expand(const Napi::CallbackInfo& info) {
  return setMode(info, RowMode::kExpanded, "expand");
}

Napi::Value StatementObject::raw(const Napi::CallbackInfo& info) {
  return setMode(info, RowMode::kArray, "raw");
}

Napi::Value StatementObject::safeIntegers(const Napi::CallbackInfo& info) {
  if (iterating_ || running_) checkUsable();
  options_.safeIntegers = toSwitch(info);
  return info.This();
}

Napi::Value StatementObject::columns(const Napi::CallbackInfo&) {
  checkReader("columns");
  database_->checkOpen(Env());
  const auto textOrNull = [&](const std::optional<std::string_view>& text) {
    return text ? toJs(Env(), *text) : null(Env());
  };
  const Statement& statement = sqlite();
  const auto columns = Napi::Array::New(Env());
  for (int i = 0; i < statement.columnCount(); i++) {
    const ColumnSource from = statement.columnSource(i);
    auto column = Napi::Object::New(Env());
    column.Set("name", toJs(Env(), statement.columnName(i)));
    column.Set("column", textOrNull(from.column));
    column.Set("table", textOrNull(from.table));
    column.Set("database", textOrNull(from.database));
    column.Set("type", textOrNull(from.declaredType));
    columns.Set(static_cast<uint32_t>(i), column);
  }
  return columns;
}

Napi::Value StatementObject::reader(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), compiled_->isReader());
}

Napi::Value StatementObject::readonly(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), compiled_->isReadonly());
}

Napi::Value StatementObject::busy(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), iterating_);
}

}  // namespace fsdb
