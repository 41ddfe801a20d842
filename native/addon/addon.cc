// What the addon exports: binding.d.ts describes it.
#include <napi.h>

#include "addon/backup.h"
#include "addon/call_control.h"
#include "addon/conversions.h"
#include "addon/cursor.h"
#include "addon/database.h"
#include "addon/environment.h"
#include "addon/statement.h"
#include "addon/sync_objects.h"
#include "sqlite/connection.h"

namespace fsdb {
namespace {

void setFactories(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->factories().set(info[0].As<Napi::Object>());
}

void closeAll(const Napi::CallbackInfo& info) { Environment::of(info.Env())->closeAll(); }

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Environment::create(env);
  exports.Set("Database", DatabaseObject::defineDatabase(env));
  exports.Set("DocumentDatabase", DatabaseObject::defineDocumentDatabase(env));
  exports.Set("FileSyncDatabase", DatabaseObject::defineFileSyncDatabase(env));
  exports.Set("Backup", BackupObject::define(env));
  exports.Set("Cursor", CursorObject::define(env));
  exports.Set("CallControl", CallControl::define(env));
  exports.Set("Statement", StatementObject::define(env));
  exports.Set("setFactories", Napi::Function::New(env, setFactories, "setFactories"));
  exports.Set("documentRefs", Napi::Function::New(env, documentRefs, "documentRefs"));
  exports.Set("closeAll", Napi::Function::New(env, closeAll, "closeAll"));
  exports.Set("sqliteVersion", toJs(env, sqliteVersion()));
  return exports;
}

}  // namespace

NODE_API_MODULE(filesyncdb, init)

}  // namespace fsdb
