// The methods of Database that define functions and aggregates.
#include <utility>

#include "addon/callbacks.h"
#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"
#include "sqlite/user_function.h"

namespace fsdb {
namespace {

FunctionOptions toFunctionOptions(const Napi::Object& options) {
  FunctionOptions converted;
  converted.arguments = options.Get("arguments").ToNumber().Int32Value();
  converted.deterministic = options.Get("deterministic").ToBoolean();
  converted.directOnly = options.Get("directOnly").ToBoolean();
  return converted;
}

std::string returnedBy(const std::string& name) {
  return "User-defined function " + name + "() returned";
}

// The functions of an aggregate, with the state of a group as their first argument.
struct AggregateCallbacks {
  OpenDatabase& database;  // of the connection that the aggregate belongs to
  Callback start;          // (): state
  Callback step;           // (state, ...values)
  Callback inverse;        // the same; null: no window function
  Callback result;         // (state): value
  bool safeIntegers;
  std::string what;
};

class JsAggregation final : public Aggregation {
 public:
  JsAggregation(std::shared_ptr<const AggregateCallbacks> callbacks, const Napi::Object& state)
      : callbacks_(std::move(callbacks)), state_(Napi::Persistent(state)) {}

  void step(const FunctionArguments& arguments, FunctionOutcome& outcome) override {
    change(callbacks_->step, arguments, outcome);
  }

  void inverse(const FunctionArguments& arguments, FunctionOutcome& outcome) override {
    change(callbacks_->inverse, arguments, outcome);
  }

  // Also called to clean up after a failure.
  void value(FunctionOutcome& outcome) override {
    if (failed_) return;
    attempt(outcome, [&] {
      returnValue(call(callbacks_->result, {state_.Value()}), outcome, callbacks_->what);
    });
  }

 private:
  void change(const Callback& callback, const FunctionArguments& arguments,
              FunctionOutcome& outcome) {
    attempt(outcome, [&] {
      const napi_env env = state_.Env();
      call(callback, toJs(env, arguments, callbacks_->safeIntegers, {state_.Value()}));
    });
  }

  template <typename Body>
  void attempt(FunctionOutcome& outcome, const Body& body) {
    failed_ = failed_ || !guarded(callbacks_->database, body);
    if (failed_) outcome.fail(kThrown);
  }

  const std::shared_ptr<const AggregateCallbacks> callbacks_;
  Napi::ObjectReference state_;
  bool failed_ = false;
};

}  // namespace

// Not kept by what it captures: the database is closed before it ends, and its functions with it.
void DatabaseObject::function(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const std::string name = toText(info[0]);
  const auto options = info[1].As<Napi::Object>();
  const bool safeIntegers = options.Get("safeIntegers").ToBoolean();
  OpenDatabase& database = *state_;
  auto run = [&database, callback = toCallback(info[2]), safeIntegers, what = returnedBy(name)](
                 const FunctionArguments& arguments, FunctionOutcome& outcome) {
    const bool done = guarded(database, [&] {
      const napi_env env = callback->Env();
      returnValue(call(callback, toJs(env, arguments, safeIntegers)), outcome, what);
    });
    if (!done) outcome.fail(kThrown);
  };
  const auto defined =
      defineFunction(state_->connection(), name, toFunctionOptions(options), std::move(run));
  if (!defined) throw state_->sqlError(defined.error());
  state_->forgetCompiled();
}

void DatabaseObject::aggregate(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const std::string name = toText(info[0]);
  const auto options = info[1].As<Napi::Object>();
  const auto functions = info[2].As<Napi::Object>();
  const auto callbacks = std::make_shared<const AggregateCallbacks>(AggregateCallbacks{
      *state_, toCallback(functions.Get("start")), toCallback(functions.Get("step")),
      toCallback(functions.Get("inverse")), toCallback(functions.Get("result")),
      options.Get("safeIntegers").ToBoolean(), returnedBy(name)});
  AggregateFunction aggregate;
  aggregate.window = callbacks->inverse != nullptr;
  aggregate.start = [callbacks]() -> std::unique_ptr<Aggregation> {
    std::unique_ptr<Aggregation> started;
    guarded(callbacks->database, [&] {
      const auto state = call(callbacks->start, {}).As<Napi::Object>();
      started = std::make_unique<JsAggregation>(callbacks, state);
    });
    return started;
  };
  const auto defined =
      defineAggregate(state_->connection(), name, toFunctionOptions(options), std::move(aggregate));
  if (!defined) throw state_->sqlError(defined.error());
  state_->forgetCompiled();
}

}  // namespace fsdb
