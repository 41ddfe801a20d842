// The native object behind a database of lib/, as binding.d.ts describes it.
//
// The classes Database, DocumentDatabase and FileSyncDatabase that the addon exports are made of
// this one: they differ in how they are opened and in which methods they have. Each has its file.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "addon/open_database.h"
#include "database/database.h"
#include "database/file_sync_database.h"

namespace fsdb {

class DatabaseObject : public Napi::ObjectWrap<DatabaseObject> {
 public:
  using Open = Result<std::unique_ptr<Database>> (*)(DatabaseObject&, const Napi::CallbackInfo&);

  static Napi::Function defineDatabase(Napi::Env env);
  static Napi::Function defineDocumentDatabase(Napi::Env env);
  static Napi::Function defineFileSyncDatabase(Napi::Env env);

  // The class's data is the function that opens.
  explicit DatabaseObject(const Napi::CallbackInfo& info);
  ~DatabaseObject() override;

  // Of the object that lib/ holds. Throws TypeError for anything else.
  static std::shared_ptr<OpenDatabase> stateOf(const Napi::Value& value);

  // Closes at once, and gives up the share in the file on the background thread; then `done` is
  // called there. Does nothing, not even call `done`, if it is closed already.
  void closeNow(std::function<void()> done);

  // Tells lib/ of SQL that is about to run, by the function `onSql` of this object.
  void logSql(const std::string& sql);

  // Tells lib/ of an event, by the function `onEvent` of this object.
  void emit(const char* event, Napi::Value payload);

 private:
  static std::vector<PropertyDescriptor> databaseMembers();
  static std::vector<PropertyDescriptor> documentMembers();

  // Database
  void exec(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value serialize(const Napi::CallbackInfo& info);
  void loadExtension(const Napi::CallbackInfo& info);
  void function(const Napi::CallbackInfo& info);
  void aggregate(const Napi::CallbackInfo& info);
  void table(const Napi::CallbackInfo& info);
  Napi::Value defaultSafeIntegers(const Napi::CallbackInfo& info);
  Napi::Value unsafeMode(const Napi::CallbackInfo& info);
  Napi::Value isOpen(const Napi::CallbackInfo& info);
  Napi::Value inTransaction(const Napi::CallbackInfo& info);
  Napi::Value readonly(const Napi::CallbackInfo& info);

  // Database, off the event loop: off_loop.cc
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value flush(const Napi::CallbackInfo& info);
  void watchChanges(const Napi::CallbackInfo& info);
  ChangeHub::Listener changeListener() const;
  std::shared_ptr<Call> writeLater(std::vector<WriteStatement> statements,
                                   Writes::Done<Writes::Results> done);

  // DocumentDatabase
  Napi::Value get(const Napi::CallbackInfo& info);
  Napi::Value find(const Napi::CallbackInfo& info);
  Napi::Value count(const Napi::CallbackInfo& info);
  Napi::Value counts(const Napi::CallbackInfo& info);
  Napi::Value changesSince(const Napi::CallbackInfo& info);
  Napi::Value references(const Napi::CallbackInfo& info);
  Napi::Value backlinks(const Napi::CallbackInfo& info);
  Napi::Value tags(const Napi::CallbackInfo& info);
  Napi::Value explain(const Napi::CallbackInfo& info);
  Napi::Value compileFind(const Napi::CallbackInfo& info);
  Napi::Value pageToken(const Napi::CallbackInfo& info);
  Napi::Value search(const Napi::CallbackInfo& info);
  Napi::Value searchProgress(const Napi::CallbackInfo& info);
  Napi::Value writeDocument(const Napi::CallbackInfo& info);

  // FileSyncDatabase
  static Result<std::unique_ptr<Database>> openFileSync(DatabaseObject& self,
                                                        const Napi::CallbackInfo& info);
  Napi::Value ready(const Napi::CallbackInfo& info);
  Napi::Value sync(const Napi::CallbackInfo& info);
  Napi::Value save(const Napi::CallbackInfo& info);
  Napi::Value remove(const Napi::CallbackInfo& info);
  Napi::Value syncStatus(const Napi::CallbackInfo& info);
  void ref(const Napi::CallbackInfo& info);
  void unref(const Napi::CallbackInfo& info);
  SyncListener listener() const;
  template <typename T, typename Start>
  Napi::Value whileOpen(const Start& start, Napi::Value (*convert)(Napi::Env, const T&));

  DocumentDatabase& documents();
  FileSyncDatabase& fileSync();
  void holdLoop(bool hold);

  const std::shared_ptr<OpenDatabase> state_;
  uint64_t number_ = 0;           // in the environment; 0: not open
  bool watching_ = false;         // not collected until it is closed
  bool watchingChanges_ = false;  // the same
  bool holdsLoop_ = false;        // keeps the event loop going
};

// What calls that return promises are answered with after close().
Error closedError();

// DatabaseOptions of lib/, checked there.
DatabaseOptions toDatabaseOptions(const Napi::Object& options);

}  // namespace fsdb
