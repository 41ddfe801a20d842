// The methods of FileSyncDatabase.
#include "database/file_sync_database.h"

#include <utility>

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/document_objects.h"
#include "addon/environment.h"
#include "addon/sync_objects.h"

namespace fsdb {
namespace {

Napi::Value reportToJs(Napi::Env env, const SharedReport& report) { return toJs(env, report); }

}  // namespace

Napi::Function DatabaseObject::defineFileSyncDatabase(Napi::Env env) {
  auto members = documentMembers();
  members.push_back(InstanceMethod("ready", &DatabaseObject::ready));
  members.push_back(InstanceMethod("sync", &DatabaseObject::sync));
  members.push_back(InstanceMethod("save", &DatabaseObject::save));
  members.push_back(InstanceMethod("remove", &DatabaseObject::remove));
  members.push_back(InstanceMethod("syncStatus", &DatabaseObject::syncStatus));
  members.push_back(InstanceMethod("ref", &DatabaseObject::ref));
  members.push_back(InstanceMethod("unref", &DatabaseObject::unref));
  return DefineClass(env, "FileSyncDatabase", members, reinterpret_cast<void*>(&openFileSync));
}

Result<std::unique_ptr<Database>> DatabaseObject::openFileSync(DatabaseObject& self,
                                                               const Napi::CallbackInfo& info) {
  const auto options = info[1].As<Napi::Object>();
  const SyncConfig config = toSyncConfig(options);
  auto opened =
      FileSyncDatabase::open(toText(info[0]), toDocumentOptions(options), config, self.listener());
  if (!opened) return std::move(opened).error();
  self.watching_ = config.watch != WatchMode::kOff;
  return std::unique_ptr<Database>(std::move(opened).value());
}

// Called on native threads, which know the object by its number: it may be gone by the time the
// event arrives.
SyncListener DatabaseObject::listener() const {
  const auto tell = [js = state_->environment->js(), number = number_](
                        const char* event, std::function<Napi::Value(Environment&)> payload) {
    js->post([number, event, payload = std::move(payload)](Napi::Env env) {
      const auto environment = Environment::of(env);
      auto* object = environment ? environment->find(number) : nullptr;
      if (object != nullptr) object->emit(event, payload(*environment));
    });
  };
  SyncListener listener;
  listener.onSync = [tell](SharedReport report) {
    tell("sync", [report = std::move(report)](Environment& environment) {
      return toJs(environment.factories().env(), report);
    });
  };
  listener.onFileError = [tell](const FileError& error) {
    tell("file-error",
         [error](Environment& environment) { return toJs(environment.factories(), error); });
  };
  listener.onState = [tell](SyncState state) {
    tell("state", [state](Environment& environment) -> Napi::Value {
      const Napi::Env env = environment.factories().env();
      return {env, toJs(env, syncStateName(state))};
    });
  };
  listener.onWarning = [tell](const Error& error) {
    tell("warning", [error](Environment& environment) {
      return environment.factories().error(error).Value();
    });
  };
  return listener;
}

FileSyncDatabase& DatabaseObject::fileSync() {
  return static_cast<FileSyncDatabase&>(*state_->database);
}

template <typename T, typename Start>
Napi::Value DatabaseObject::whileOpen(const Start& start,
                                      Napi::Value (*convert)(Napi::Env, const T&)) {
  const auto startIfOpen = [&](FileSyncDatabase::Done<T> done) {
    if (!state_->database) return done(closedError());
    start(std::move(done));
  };
  return state_->environment->promise<T>(*this, startIfOpen, convert);
}

Napi::Value DatabaseObject::ready(const Napi::CallbackInfo&) {
  const auto start = [&](auto done) { fileSync().ready(std::move(done)); };
  return whileOpen<SharedReport>(start, &reportToJs);
}

Napi::Value DatabaseObject::sync(const Napi::CallbackInfo& info) {
  const auto type = toOptionalText(info[0]);
  const bool full = info[1].ToBoolean();
  const auto start = [&](auto done) { fileSync().sync(type, full, std::move(done)); };
  return whileOpen<SharedReport>(start, &reportToJs);
}

Napi::Value DatabaseObject::save(const Napi::CallbackInfo& info) {
  const std::string type = toText(info[0]);
  const std::string id = toText(info[1]);
  const std::string json = toText(info[2]);
  const auto start = [&](auto done) { fileSync().save(type, id, json, std::move(done)); };
  return whileOpen<StoredDocument>(start, [](Napi::Env env, const StoredDocument& document) {
    return toJs(Environment::of(env)->factories(), document);
  });
}

Napi::Value DatabaseObject::remove(const Napi::CallbackInfo& info) {
  const std::string type = toText(info[0]);
  const std::string id = toText(info[1]);
  const auto start = [&](auto done) { fileSync().remove(type, id, std::move(done)); };
  return whileOpen<bool>(start, [](Napi::Env env, const bool& removed) -> Napi::Value {
    return Napi::Boolean::New(env, removed);
  });
}

Napi::Value DatabaseObject::syncStatus(const Napi::CallbackInfo&) {
  state_->checkOpen(Env());
  return toJs(state_->environment->factories(), fileSync().status());
}

void DatabaseObject::ref(const Napi::CallbackInfo&) { holdLoop(watching_); }

void DatabaseObject::unref(const Napi::CallbackInfo&) { holdLoop(false); }

}  // namespace fsdb
