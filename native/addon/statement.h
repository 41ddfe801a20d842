// A prepared statement, as binding.d.ts describes it.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <vector>

#include "addon/open_database.h"
#include "addon/parameters.h"
#include "addon/row_reader.h"
#include "sqlite/statement.h"

namespace fsdb {

class StatementObject : public Napi::ObjectWrap<StatementObject> {
 public:
  static Napi::Function define(Napi::Env env);

  // (database, sql)
  explicit StatementObject(const Napi::CallbackInfo& info);
  ~StatementObject() override;

  // Ends the statement when its database is closed.
  void end();

  Napi::Value all(const Napi::CallbackInfo& info);
  Napi::Value get(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);

  // iterate() of lib/ asks for rows in batches. The statement is busy until stopIterating(), also
  // when it has run to its end: how many rows there are must not decide what a loop may do.
  void startIterating(const Napi::CallbackInfo& info);
  Napi::Value nextRows(const Napi::CallbackInfo& info);
  void stopIterating(const Napi::CallbackInfo& info);

  // Binds once and for all.
  Napi::Value bind(const Napi::CallbackInfo& info);

  Napi::Value pluck(const Napi::CallbackInfo& info);
  Napi::Value expand(const Napi::CallbackInfo& info);
  Napi::Value raw(const Napi::CallbackInfo& info);
  Napi::Value safeIntegers(const Napi::CallbackInfo& info);
  Napi::Value columns(const Napi::CallbackInfo& info);

  Napi::Value reader(const Napi::CallbackInfo& info);
  Napi::Value readonly(const Napi::CallbackInfo& info);
  Napi::Value busy(const Napi::CallbackInfo& info);

 private:
  class Execution;

  void checkUsable();
  void checkReader(const char* method);
  void bindArguments(Binding& binding, const Napi::CallbackInfo& info);
  bool step();
  int64_t runToEnd(const Napi::CallbackInfo& info);
  void stop();
  Napi::Value setMode(const Napi::CallbackInfo& info, RowMode mode, const char* method);
  Statement& sqlite() { return compiled_->statement(); }

  const std::shared_ptr<OpenDatabase> database_;  // kept for as long as a statement may need it
  // Shared with the database and with statements of the same SQL; changes when it is in use.
  std::shared_ptr<CompiledStatement> compiled_;
  RowOptions options_;
  std::optional<std::vector<fsdb::Value>> bound_;  // by bind()
  bool running_ = false;                           // a call is under way
  bool iterating_ = false;
  bool onRow_ = false;  // while iterating: there is a row to be read
};

}  // namespace fsdb
