// A query that runs on another thread, as binding.d.ts describes it.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/open_database.h"
#include "database/query_run.h"

namespace fsdb {

class CursorObject : public Napi::ObjectWrap<CursorObject> {
 public:
  static Napi::Function define(Napi::Env env);

  // (database, sql, params, options)
  explicit CursorObject(const Napi::CallbackInfo& info);
  // Ends the query: nobody wants it any more.
  ~CursorObject() override;

 private:
  class QueryHere;

  Napi::Value ready(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  Napi::Value digest(const Napi::CallbackInfo& info);
  Napi::Value tables(const Napi::CallbackInfo& info);

  const std::shared_ptr<OpenDatabase> database_;
  std::shared_ptr<QueryRun> run_;    // null: the database was closed before
  std::shared_ptr<QueryHere> here_;  // what runs it, if that is this thread
};

}  // namespace fsdb
