#include "addon/cursor.h"

#include <string>
#include <utility>

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"
#include "addon/parameter_values.h"

namespace fsdb {
namespace {

// About what can be decoded in a millisecond.
constexpr size_t kRowsPerTake = 2'048;

QueryRequest toRequest(const Napi::CallbackInfo& info) {
  QueryRequest request;
  request.sql = toText(info[1]);
  request.parameters = toParameterValues(info[2]);
  const auto options = info[3].As<Napi::Object>();
  request.safeIntegers = options.Get("safeIntegers").ToBoolean();
  request.streaming = options.Get("streaming").ToBoolean();
  request.maxRows = options.Get("maxRows").As<Napi::Number>().Int64Value();
  request.maxBytes = options.Get("maxBytes").As<Napi::Number>().Int64Value();
  return request;
}

}  // namespace

// Runs queries of databases that have no other connection on this thread, after what it is doing:
// in one go, or, if it is a stream, as rows are taken. In between a stream keeps the connection
// busy, as a statement does that is iterated.
class CursorObject::QueryHere : public std::enable_shared_from_this<QueryHere> {
 public:
  QueryHere(std::shared_ptr<OpenDatabase> database, std::shared_ptr<QueryRun> run)
      : database_(std::move(database)), run_(std::move(run)) {}

  // Lets go of the connection at once, if it is not in use.
  void end() {
    if (open_ && database_->executing == 0) work();
  }

  void post() {
    database_->environment->js()->post([self = shared_from_this()](Napi::Env) { self->work(); });
  }

 private:
  void work() {
    if (!database_->database) return;
    database_->executing++;
    const auto next = database_->database->queryHere(*run_, SteadyTime::max());
    database_->executing--;
    const bool open = next != QueryRun::Next::kDone;
    if (open != std::exchange(open_, open)) database_->iterating += open ? 1 : -1;
  }

  const std::shared_ptr<OpenDatabase> database_;
  const std::shared_ptr<QueryRun> run_;
  bool open_ = false;
};

Napi::Function CursorObject::define(Napi::Env env) {
  return DefineClass(
      env, "Cursor",
      {InstanceMethod("ready", &CursorObject::ready), InstanceMethod("take", &CursorObject::take),
       InstanceMethod("cancel", &CursorObject::cancel),
       InstanceAccessor<&CursorObject::digest>("digest"),
       InstanceAccessor<&CursorObject::tables>("tables")});
}

CursorObject::CursorObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info), database_(DatabaseObject::stateOf(info[0])) {
  auto request = toRequest(info);
  if (!database_->database) return;
  run_ = database_->database->query(std::move(request));
  if (!database_->database->isQueriedHere()) return;
  const auto here = std::make_shared<QueryHere>(database_, run_);
  run_->onResume([here = std::weak_ptr(here)] {
    if (const auto query = here.lock()) query->post();
  });
  here->post();
  here_ = here;
}

CursorObject::~CursorObject() {
  if (!run_) return;
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "query: nobody reads its rows";
  run_->cancel(error);
}

Napi::Value CursorObject::ready(const Napi::CallbackInfo& info) {
  const auto until = info[0].ToBoolean() ? QueryRun::Until::kEnd : QueryRun::Until::kRows;
  const auto start = [&](std::function<void(Result<bool>)> done) {
    if (!run_) return done(closedError());
    run_->whenReady(until, [done = std::move(done)](const Result<void>& result) {
      result ? done(true) : done(result.error());
    });
  };
  // What lib/ calls this from has the database.
  return database_->environment->promise<bool>(
      *database_->object, start, [](Napi::Env env, const bool&) { return env.Undefined(); },
      &Factories::callError);
}

Napi::Value CursorObject::take(const Napi::CallbackInfo& info) {
  const auto columns = run_->columns();
  for (const auto& batch : run_->take(kRowsPerTake)) {
    database_->environment->factories().decoder().decode(Env(), info[0], columns, batch);
  }
  return Napi::Boolean::New(Env(), !run_->isAtEnd());
}

void CursorObject::cancel(const Napi::CallbackInfo& info) {
  if (!run_) return;
  Error error;
  error.code = errorCodeOf(toText(info[0])).value_or(ErrorCode::kInternal);
  error.message = toText(info[1]);
  run_->cancel(error);
  if (here_) here_->end();
}

Napi::Value CursorObject::digest(const Napi::CallbackInfo&) {
  return Napi::String::New(Env(), std::to_string(run_->summary().digest));
}

Napi::Value CursorObject::tables(const Napi::CallbackInfo&) {
  const auto tables = run_->summary().tables;
  auto array = Napi::Array::New(Env());
  for (const auto& table : tables) array.Set(array.Length(), Napi::String::New(Env(), table));
  return array;
}

}  // namespace fsdb
