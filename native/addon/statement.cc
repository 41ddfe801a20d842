#include "addon/statement.h"

#include <limits>
#include <utility>

#include "addon/conversions.h"
#include "addon/environment.h"

namespace fsdb {

// While a call runs, neither the statement nor its database may end: arguments may have getters,
// and getters may do anything.
class StatementObject::Execution {
 public:
  explicit Execution(StatementObject& statement) : statement_(statement) {
    statement_.checkUsable();
    statement_.database_->executing++;
  }
  ~Execution() { statement_.database_->executing--; }
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
       InstanceMethod("pluck", &StatementObject::pluck),
       InstanceMethod("raw", &StatementObject::raw),
       InstanceMethod("safeIntegers", &StatementObject::safeIntegers),
       InstanceMethod("columns", &StatementObject::columns),
       InstanceAccessor<&StatementObject::source>("source"),
       InstanceAccessor<&StatementObject::reader>("reader"),
       InstanceAccessor<&StatementObject::readonly>("readonly"),
       InstanceAccessor<&StatementObject::busy>("busy")});
}

StatementObject::StatementObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info), database_(DatabaseObject::stateOf(info[0])) {
  database_->checkOpen(info.Env());
  const std::string sql = toText(info[1]);
  auto& factories = database_->environment->factories();
  auto prepared = database_->database->connection().prepare(sql);
  if (!prepared) throw factories.sqlError(prepared.error());
  statement_ = std::move(prepared).value();
  parameters_ = std::make_unique<Parameters>(statement_);
  rows_ = std::make_unique<RowReader>(factories, statement_);
  reader_ = statement_.columnCount() > 0;
  database_->statements.insert(this);
}

StatementObject::~StatementObject() {
  stop();
  database_->statements.erase(this);
}

void StatementObject::end() {
  stop();
  statement_ = Statement();
}

void StatementObject::stop() {
  if (!iterating_) return;
  iterating_ = false;
  onRow_ = false;
  database_->iterating--;
  if (!statement_) return;
  statement_.reset();
  statement_.clearBindings();
}

void StatementObject::checkUsable() {
  database_->checkOpen(Env());
  if (iterating_ || database_->executing > 0) {
    throw Napi::TypeError::New(Env(), "This statement is busy executing a query");
  }
  if (database_->iterating > 0 && !statement_.isReadonly()) {
    throw Napi::TypeError::New(Env(), "This database connection is busy executing a query");
  }
}

void StatementObject::checkReader(bool reader) {
  if (reader == reader_) return;
  throw Napi::TypeError::New(
      Env(), reader ? "This statement does not return data. Use run() instead"
                    : "This statement returns data. Use get(), all(), or iterate() instead");
}

bool StatementObject::step() {
  auto row = statement_.step();
  if (!row) throw database_->environment->factories().sqlError(row.error());
  return *row;
}

Napi::Value StatementObject::all(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(true);
  Binding binding(Env(), statement_, *parameters_, Binding::Keep::kWhileBound);
  binding.bind(info);
  const auto rows = Napi::Array::New(Env());
  if (!step()) return rows;
  const auto read = rows_->readMany(rows, std::numeric_limits<size_t>::max());
  if (!read) throw database_->environment->factories().sqlError(read.error());
  return rows;
}

Napi::Value StatementObject::get(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(true);
  Binding binding(Env(), statement_, *parameters_, Binding::Keep::kWhileBound);
  binding.bind(info);
  if (!step()) return Env().Undefined();
  return {Env(), rows_->readOne()};
}

Napi::Value StatementObject::run(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(false);
  Connection& connection = database_->database->connection();
  const int64_t before = connection.totalChanges();
  {
    Binding binding(Env(), statement_, *parameters_, Binding::Keep::kWhileBound);
    binding.bind(info);
    step();
  }
  // SQLite keeps the count of the last statement that changed rows.
  const int64_t changes = connection.totalChanges() == before ? 0 : connection.changes();
  const int64_t rowid = connection.lastInsertRowid();
  napi_value lastInsertRowid = nullptr;
  if (rows_->options().safeIntegers) {
    check(Env(), napi_create_bigint_int64(Env(), rowid, &lastInsertRowid));
  } else {
    lastInsertRowid = toJs(Env(), rowid);
  }
  auto& factories = database_->environment->factories();
  return {Env(), factories.runResult(toJs(Env(), changes), lastInsertRowid)};
}

void StatementObject::startIterating(const Napi::CallbackInfo& info) {
  const Execution execution(*this);
  checkReader(true);
  Binding binding(Env(), statement_, *parameters_, Binding::Keep::kAlways);
  binding.bind(info);
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
  if (onRow_) {
    const auto limit = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
    database_->executing++;
    auto more = rows_->readMany(rows, limit);
    database_->executing--;
    onRow_ = more && *more;
    if (!more) {
      stop();
      throw database_->environment->factories().sqlError(more.error());
    }
  }
  return rows;
}

void StatementObject::stopIterating(const Napi::CallbackInfo&) { stop(); }

// pluck() and raw() exclude each other; called without an argument they switch on.
Napi::Value StatementObject::setMode(const Napi::CallbackInfo& info, RowMode mode) {
  checkUsable();
  checkReader(true);
  const bool on = info.Length() == 0 || info[0].ToBoolean().Value();
  RowOptions options = rows_->options();
  if (on) options.mode = mode;
  if (!on && options.mode == mode) options.mode = RowMode::kObject;
  rows_->set(options);
  return info.This();
}

Napi::Value StatementObject::pluck(const Napi::CallbackInfo& info) {
  return setMode(info, RowMode::kFirstColumn);
}

Napi::Value StatementObject::raw(const Napi::CallbackInfo& info) {
  return setMode(info, RowMode::kArray);
}

Napi::Value StatementObject::safeIntegers(const Napi::CallbackInfo& info) {
  checkUsable();
  RowOptions options = rows_->options();
  options.safeIntegers = info.Length() == 0 || info[0].ToBoolean().Value();
  rows_->set(options);
  return info.This();
}

Napi::Value StatementObject::columns(const Napi::CallbackInfo&) {
  database_->checkOpen(Env());
  checkReader(true);
  const auto textOrNull = [&](const std::optional<std::string_view>& text) {
    return text ? toJs(Env(), *text) : null(Env());
  };
  const auto columns = Napi::Array::New(Env());
  for (int i = 0; i < statement_.columnCount(); i++) {
    const ColumnSource from = statement_.columnSource(i);
    auto column = Napi::Object::New(Env());
    column.Set("name", toJs(Env(), statement_.columnName(i)));
    column.Set("column", textOrNull(from.column));
    column.Set("table", textOrNull(from.table));
    column.Set("database", textOrNull(from.database));
    column.Set("type", textOrNull(from.declaredType));
    columns.Set(static_cast<uint32_t>(i), column);
  }
  return columns;
}

Napi::Value StatementObject::source(const Napi::CallbackInfo&) {
  database_->checkOpen(Env());
  return {Env(), toJs(Env(), statement_.sql())};
}

Napi::Value StatementObject::reader(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), reader_);
}

Napi::Value StatementObject::readonly(const Napi::CallbackInfo&) {
  database_->checkOpen(Env());
  return Napi::Boolean::New(Env(), statement_.isReadonly());
}

Napi::Value StatementObject::busy(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), iterating_);
}

}  // namespace fsdb
