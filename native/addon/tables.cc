// The method of Database that defines virtual tables.
#include <utility>

#include "addon/callbacks.h"
#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"
#include "sqlite/virtual_table.h"

namespace fsdb {
namespace {

Error thrownError() {
  Error error;
  error.code = ErrorCode::kSql;
  error.message = kThrown;
  return error;
}

napi_value toJs(napi_env env, const std::optional<Value>& value, bool safeIntegers) {
  struct Converter {
    napi_env env;
    bool safeIntegers;
    napi_value operator()(std::monostate) const { return null(env); }
    napi_value operator()(int64_t number) const {
      return safeIntegers ? toBigInt(env, number) : fsdb::toJs(env, number);
    }
    napi_value operator()(double number) const { return fsdb::toJs(env, number); }
    napi_value operator()(const std::string& text) const {
      return fsdb::toJs(env, std::string_view(text));
    }
    napi_value operator()(const Blob& blob) const { return toBuffer(env, blob.bytes); }
  };
  return value ? std::visit(Converter{env, safeIntegers}, *value) : undefined(env);
}

struct TableCallbacks {
  OpenDatabase& database;  // of the connection that the table belongs to
  Callback open;           // (...parameters): rows, with next(): array or undefined, and return()
  bool safeIntegers;
  std::string what;
};

class JsTableReading final : public TableReading {
 public:
  explicit JsTableReading(std::shared_ptr<const TableCallbacks> callbacks)
      : callbacks_(std::move(callbacks)) {}

  // A reading that is left early ends its generator.
  ~JsTableReading() override {
    const auto environment = callbacks_->database.environment;
    if (rows_.IsEmpty() || !onRow_ || environment->hasEnded()) return;
    guarded(callbacks_->database, [&] { callRows("return"); });
  }

  Result<bool> start(const std::vector<std::optional<Value>>& parameters) override {
    const bool opened = guarded(callbacks_->database, [&] {
      const napi_env env = callbacks_->open->Env();
      std::vector<napi_value> arguments;
      for (const auto& each : parameters) {
        arguments.push_back(toJs(env, each, callbacks_->safeIntegers));
      }
      rows_ = Napi::Persistent(call(callbacks_->open, arguments).As<Napi::Object>());
    });
    if (!opened) return thrownError();
    return next();
  }

  Result<bool> next() override {
    onRow_ = false;
    const bool done = guarded(callbacks_->database, [&] {
      const Napi::Value row = callRows("next");
      if (!row.IsArray()) return;
      row_ = Napi::Persistent(row.As<Napi::Object>());
      onRow_ = true;
    });
    if (!done) return thrownError();
    return onRow_;
  }

  void column(int index, FunctionOutcome& outcome) override {
    const bool done = guarded(callbacks_->database, [&] {
      const auto value = row_.Value().Get(static_cast<uint32_t>(index));
      returnValue(value, outcome, callbacks_->what);
    });
    if (!done) outcome.fail(kThrown);
  }

 private:
  Napi::Value callRows(const char* method) {
    const Napi::Object rows = rows_.Value();
    return rows.Get(method).As<Napi::Function>().Call(rows, {});
  }

  const std::shared_ptr<const TableCallbacks> callbacks_;
  Napi::ObjectReference rows_;
  Napi::ObjectReference row_;
  bool onRow_ = false;
};

TableDefinition toDefinition(OpenDatabase& database, const Napi::Object& object,
                             const std::string& module) {
  const auto callbacks = std::make_shared<const TableCallbacks>(TableCallbacks{
      database, toCallback(object.Get("open")), object.Get("safeIntegers").ToBoolean(),
      "Virtual table module \"" + module + "\" yielded"});
  TableDefinition definition;
  definition.columns = toTexts(object.Get("columns"));
  definition.parameters = toTexts(object.Get("parameters"));
  definition.directOnly = object.Get("directOnly").ToBoolean();
  definition.open = [callbacks] { return std::make_unique<JsTableReading>(callbacks); };
  return definition;
}

}  // namespace

void DatabaseObject::table(const Napi::CallbackInfo& info) {
  state_->checkIdle(Env());
  const std::string name = toText(info[0]);
  const auto kind = info[1].ToBoolean() ? TableKind::kReady : TableKind::kModule;
  OpenDatabase& database = *state_;
  auto make = [&database, define = toCallback(info[2])](
                  const TableRequest& request) -> Result<TableDefinition> {
    TableDefinition definition;
    const bool made = guarded(database, [&] {
      const Napi::Env env = define->Env();
      std::vector<napi_value> arguments = {fsdb::toJs(env, std::string_view(request.database)),
                                           fsdb::toJs(env, std::string_view(request.name))};
      for (const auto& each : request.arguments) {
        arguments.push_back(fsdb::toJs(env, std::string_view(each)));
      }
      definition =
          toDefinition(database, call(define, arguments).As<Napi::Object>(), request.module);
    });
    if (!made) return thrownError();
    return definition;
  };
  const auto defined = defineTable(state_->connection(), name, kind, std::move(make));
  if (!defined) throw state_->sqlError(defined.error());
  state_->forgetCompiled();
}

}  // namespace fsdb
