#include "addon/database.h"

#include <utility>
#include <vector>

#include "addon/conversions.h"
#include "addon/environment.h"
#include "addon/parameters.h"
#include "addon/statement.h"

namespace fsdb {
namespace {

// Marks the objects that stateOf() takes: any random number will do.
constexpr napi_type_tag kTag = {0x6b1f8d3c52a94e07, 0x9d40c2e7713ba58f};

// While it lives, nothing else may use the connection.
class ExecutionCount {
 public:
  explicit ExecutionCount(OpenDatabase& database) : database_(database) { database_.executing++; }
  ~ExecutionCount() { database_.executing--; }
  ExecutionCount(const ExecutionCount&) = delete;
  ExecutionCount& operator=(const ExecutionCount&) = delete;

 private:
  OpenDatabase& database_;
};

Result<std::unique_ptr<Database>> openDatabase(DatabaseObject&, const Napi::CallbackInfo& info) {
  const auto options = toDatabaseOptions(info[1].As<Napi::Object>());
  std::string_view bytes;
  if (info[0].IsObject() && bytesOf(info.Env(), info[0], bytes)) {
    return Database::openBytes(bytes, options);
  }
  return Database::open(toText(info[0]), options);
}

}  // namespace

Error closedError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = kNotOpen;
  return error;
}

DatabaseOptions toDatabaseOptions(const Napi::Object& options) {
  DatabaseOptions converted;
  converted.readonly = options.Get("readonly").ToBoolean();
  converted.fileMustExist = options.Get("fileMustExist").ToBoolean();
  converted.busyTimeout =
      std::chrono::milliseconds(options.Get("busyTimeoutMs").As<Napi::Number>().Int64Value());
  const bool full = toText(options.Get("durability")) == "full";
  converted.durability = full ? Durability::kFull : Durability::kNormal;
  return converted;
}

std::vector<DatabaseObject::PropertyDescriptor> DatabaseObject::databaseMembers() {
  return {InstanceMethod("exec", &DatabaseObject::exec),
          InstanceMethod("close", &DatabaseObject::close),
          InstanceMethod("serialize", &DatabaseObject::serialize),
          InstanceMethod("loadExtension", &DatabaseObject::loadExtension),
          InstanceMethod("function", &DatabaseObject::function),
          InstanceMethod("aggregate", &DatabaseObject::aggregate),
          InstanceMethod("table", &DatabaseObject::table),
          InstanceMethod("defaultSafeIntegers", &DatabaseObject::defaultSafeIntegers),
          InstanceMethod("unsafeMode", &DatabaseObject::unsafeMode),
          InstanceMethod("write", &DatabaseObject::write),
          InstanceMethod("flush", &DatabaseObject::flush),
          InstanceMethod("watchChanges", &DatabaseObject::watchChanges),
          InstanceAccessor<&DatabaseObject::isOpen>("isOpen"),
          InstanceAccessor<&DatabaseObject::inTransaction>("inTransaction"),
          InstanceAccessor<&DatabaseObject::readonly>("readonly")};
}

Napi::Function DatabaseObject::defineDatabase(Napi::Env env) {
  return DefineClass(env, "Database", databaseMembers(), reinterpret_cast<void*>(&openDatabase));
}

DatabaseObject::DatabaseObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info), state_(std::make_shared<OpenDatabase>()) {
  const auto environment = Environment::of(info.Env());
  state_->environment = environment;
  state_->object = this;
  state_->verbose = info[1].As<Napi::Object>().Get("verbose").ToBoolean();
  check(Env(), napi_type_tag_object(Env(), info.This(), &kTag));
  // Before opening, so that what is told from the first moment on finds this object.
  number_ = environment->add(*this);
  const auto open = reinterpret_cast<Open>(info.Data());
  auto opened = open(*this, info);
  if (!opened) {
    environment->remove(std::exchange(number_, 0));
    const Error& error = opened.error();
    if (error.code == ErrorCode::kParse) throw Napi::TypeError::New(Env(), error.message);
    throw environment->factories().error(error);
  }
  state_->database = std::move(opened).value();
  if (watching_) {
    Ref();
    holdLoop(true);
  }
}

DatabaseObject::~DatabaseObject() {
  try {
    closeNow({});
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // An environment that ends no longer counts references; nobody is left to tell.
  }
  state_->object = nullptr;
}

std::shared_ptr<OpenDatabase> DatabaseObject::stateOf(const Napi::Value& value) {
  bool tagged = false;
  if (value.IsObject()) {
    check(value.Env(), napi_check_object_type_tag(value.Env(), value, &kTag, &tagged));
  }
  if (!tagged) throw Napi::TypeError::New(value.Env(), "not a database");
  return Unwrap(value.As<Napi::Object>())->state_;
}

void DatabaseObject::closeNow(std::function<void()> done) {
  if (!state_->database) return;
  state_->environment->remove(std::exchange(number_, 0));
  for (auto* statement : state_->statements) statement->end();
  state_->forgetCompiled();
  std::shared_ptr<Database> database = std::move(state_->database);
  database->close();
  state_->environment->background().post(
      [database = std::move(database), done = std::move(done)]() mutable {
        database->release();
        database.reset();
        if (done) done();
      });
  holdLoop(false);
  if (std::exchange(watching_, false)) Unref();
  if (std::exchange(watchingChanges_, false)) Unref();
}

void DatabaseObject::exec(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const std::string sql = toText(info[0]);
  const auto check = [&](const Result<void>& done) {
    if (!done) throw state_->sqlError(done.error());
  };
  check(Connection::checkSql(sql));
  const ExecutionCount executing(*state_);
  for (size_t offset = 0; offset < sql.size();) {
    auto statement = state_->connection().prepareNext(sql, offset);
    if (!statement) throw state_->sqlError(statement.error());
    if (!*statement) continue;  // white space or a comment
    if (state_->verbose) state_->log(*statement);
    check(statement->run());
    if (kindOf(statement->sql()) == CompiledStatement::Kind::kOther) state_->forgetCompiled();
  }
}

Napi::Value DatabaseObject::close(const Napi::CallbackInfo&) {
  if (state_->executing > 0) {
    throw Napi::TypeError::New(Env(), "This database connection is busy executing a query");
  }
  const auto start = [this](const std::function<void(Result<bool>)>& done) {
    if (!state_->database) return done(true);
    closeNow([done] { done(true); });
  };
  return state_->environment->promise<bool>(
      *this, start, [](Napi::Env env, const bool&) { return env.Undefined(); });
}

Napi::Value DatabaseObject::serialize(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const auto serialized = fsdb::serialize(state_->connection(), toText(info[0]));
  if (!serialized) throw state_->sqlError(serialized.error());
  return {Env(), toBuffer(Env(), serialized->bytes())};
}

void DatabaseObject::loadExtension(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const auto loaded = state_->connection().loadExtension(toText(info[0]), toText(info[1]));
  if (!loaded) throw state_->sqlError(loaded.error());
  state_->forgetCompiled();
}

Napi::Value DatabaseObject::defaultSafeIntegers(const Napi::CallbackInfo& info) {
  state_->safeIntegers = toSwitch(info);
  return info.This();
}

Napi::Value DatabaseObject::unsafeMode(const Napi::CallbackInfo& info) {
  state_->checkOpen(Env());
  state_->unsafe = toSwitch(info);
  return info.This();
}

Napi::Value DatabaseObject::isOpen(const Napi::CallbackInfo&) {
  return Napi::Boolean::New(Env(), state_->database != nullptr);
}

Napi::Value DatabaseObject::inTransaction(const Napi::CallbackInfo&) {
  const bool open = state_->database != nullptr;
  return Napi::Boolean::New(Env(), open && state_->database->connection().inTransaction());
}

Napi::Value DatabaseObject::readonly(const Napi::CallbackInfo&) {
  state_->checkOpen(Env());
  return Napi::Boolean::New(Env(), state_->database->connection().readonly());
}

// Refs and unrefs only what changes: they are counted.
void DatabaseObject::holdLoop(bool hold) {
  if (std::exchange(holdsLoop_, hold) == hold) return;
  auto& js = *state_->environment->js();
  hold ? js.hold() : js.letGo();
}

void DatabaseObject::logSql(const std::string& sql) {
  const Napi::Object self = Value();
  if (self.IsEmpty()) return;
  const Napi::Value listener = self.Get("onSql");
  if (listener.IsFunction()) listener.As<Napi::Function>().Call(self, {toJs(Env(), sql)});
}

void DatabaseObject::emit(const char* event, Napi::Value payload) {
  const Napi::Object self = Value();
  if (self.IsEmpty()) return;
  const Napi::Value listener = self.Get("onEvent");
  if (!listener.IsFunction()) return;
  listener.As<Napi::Function>().Call(self, {Napi::String::New(Env(), event), payload});
}

}  // namespace fsdb
