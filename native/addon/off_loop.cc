// The methods of databases that leave the work to other threads.
#include <utility>

#include "addon/call_control.h"
#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"
#include "addon/parameter_values.h"

namespace fsdb {
namespace {

std::vector<WriteStatement> toStatements(const Napi::Value& sql, const Napi::Value& params) {
  const auto texts = sql.As<Napi::Array>();
  const auto values = params.As<Napi::Array>();
  std::vector<WriteStatement> statements;
  const uint32_t length = texts.Length();
  statements.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    const Napi::HandleScope scope(texts.Env());
    statements.push_back({toText(texts.Get(i)), toParameterValues(values.Get(i))});
  }
  return statements;
}

Napi::Value resultsToJs(Napi::Env env, const Writes::Results& results) {
  const auto& factories = Environment::of(env)->factories();
  const auto array = Napi::Array::New(env, results.size());
  for (size_t i = 0; i < results.size(); i++) {
    const Napi::HandleScope scope(env);
    const RunResult& result = results[i];
    array.Set(static_cast<uint32_t>(i),
              Napi::Value(env, factories.runResult(toJs(env, result.changes),
                                                   toJs(env, result.lastInsertRowid))));
  }
  return array;
}

Napi::Value noticeToJs(Napi::Env env, const ChangeNotice& notice) {
  auto object = Napi::Object::New(env);
  object.Set("byOthers", notice.byOthers);
  if (!notice.tables) {
    object.Set("tables", env.Null());
    return object;
  }
  auto tables = Napi::Array::New(env);
  for (const auto& table : *notice.tables) tables.Set(tables.Length(), table);
  object.Set("tables", tables);
  return object;
}

// A write that waits for its turn on this thread, as the database has no other.
class LaterCall final : public Call {
 public:
  explicit LaterCall(Writes::Done<Writes::Results> done) : done_(std::move(done)) {}

  void cancel(const Error& error) override { end(error); }
  bool isWaiting() const { return done_ != nullptr; }
  void end(const Result<Writes::Results>& result) {
    if (const auto done = std::exchange(done_, nullptr)) done(result);
  }

 private:
  Writes::Done<Writes::Results> done_;
};

}  // namespace

// (sql[], params[], control?)
Napi::Value DatabaseObject::write(const Napi::CallbackInfo& info) {
  auto statements = toStatements(info[0], info[1]);
  CallControl* control = CallControl::of(info[2]);
  const auto start = [&](Writes::Done<Writes::Results> done) {
    if (!state_->database) return done(closedError());
    std::shared_ptr<Call> call;
    if (auto* writes = state_->database->writes()) {
      call = writes->write(std::move(statements), std::move(done));
    } else {
      call = writeLater(std::move(statements), std::move(done));
    }
    if (control != nullptr) control->set(call);
  };
  return state_->environment->promise<Writes::Results>(*this, start, &resultsToJs,
                                                       &Factories::callError);
}

// After what this thread is doing: that may be a transaction of the caller's.
std::shared_ptr<Call> DatabaseObject::writeLater(std::vector<WriteStatement> statements,
                                                 Writes::Done<Writes::Results> done) {
  const auto call = std::make_shared<LaterCall>(std::move(done));
  state_->environment->js()->post(
      [call, state = state_, statements = std::move(statements)](Napi::Env) {
        if (!call->isWaiting()) return;
        if (!state->database) return call->end(closedError());
        if (state->iterating > 0) {
          Error error;
          error.code = ErrorCode::kBusy;
          error.message = "write: the connection, the only one that there is, is iterating";
          return call->end(error);
        }
        state->executing++;
        auto results = state->database->writeHere(statements);
        state->executing--;
        call->end(results);
      });
  return call;
}

// (on). While it watches, this object is not collected.
void DatabaseObject::watchChanges(const Napi::CallbackInfo& info) {
  state_->checkOpen(Env());
  const bool on = info[0].ToBoolean();
  if (on == watchingChanges_) return;
  Database& database = *state_->database;
  if (database.isQueriedHere()) {
    throw Napi::TypeError::New(Env(), "A database in memory tells of no changes");
  }
  if (!on) {
    database.unwatchChanges();
    watchingChanges_ = false;
    Unref();
    return;
  }
  const auto watched = database.watchChanges(changeListener());
  if (!watched) throw state_->environment->factories().error(watched.error());
  watchingChanges_ = true;
  Ref();
}

// Called on a native thread, which knows the object by its number.
ChangeHub::Listener DatabaseObject::changeListener() const {
  return [js = state_->environment->js(), number = number_](const ChangeNotice& notice) {
    js->post([number, notice](Napi::Env env) {
      const auto environment = Environment::of(env);
      auto* object = environment ? environment->find(number) : nullptr;
      if (object != nullptr) object->emit("change", noticeToJs(env, notice));
    });
  };
}

Napi::Value DatabaseObject::flush(const Napi::CallbackInfo&) {
  const auto start = [&](Writes::Done<bool> done) {
    if (!state_->database) return done(closedError());
    auto* writes = state_->database->writes();
    if (writes == nullptr) return done(true);
    writes->flush(std::move(done));
  };
  return state_->environment->promise<bool>(
      *this, start, [](Napi::Env env, const bool&) { return env.Undefined(); });
}

}  // namespace fsdb
