#include "addon/backup.h"

#include <string>
#include <utility>

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"

namespace fsdb {

struct BackupObject::Job {
  std::string destination;
  Database::BackupSource source;
  std::unique_ptr<Backup> backup;
  bool ended = false;

  Result<Backup*> started() {
    if (ended) return closedError();
    if (backup) return backup.get();
    auto begun = Database::startBackup(source, destination);
    if (!begun) return std::move(begun).error();
    backup = std::move(begun).value();
    return backup.get();
  }

  // The core goes last: with it goes the guard of the file.
  void end() {
    ended = true;
    backup.reset();
    source = {};
  }
};

Napi::Function BackupObject::define(Napi::Env env) {
  return DefineClass(
      env, "Backup",
      {InstanceMethod("step", &BackupObject::step), InstanceMethod("finish", &BackupObject::finish),
       InstanceMethod("cancel", &BackupObject::cancel)});
}

BackupObject::BackupObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      database_(DatabaseObject::stateOf(info[0])),
      environment_(database_->environment),
      job_(std::make_shared<Job>()) {
  database_->checkOpen(info.Env());
  auto source = database_->database->backupSource(toText(info[2]));
  if (!source) throw database_->sqlError(source.error());
  job_->source = std::move(source).value();
  job_->destination = toText(info[1]);
  atEnd_ = environment_->atEnd([job = job_] { job->end(); });
}

BackupObject::~BackupObject() {
  environment_->forgetAtEnd(atEnd_);
  if (environment_->hasEnded()) return;
  environment_->copying().post([job = std::move(job_)] { job->end(); });
}

template <typename T, typename Run>
Napi::Value BackupObject::later(Run run, Napi::Value (*convert)(Napi::Env, const T&)) {
  const auto start = [this, &run](const std::function<void(Result<T>)>& done) {
    environment_->copying().post([job = job_, run, done] { done(run(*job)); });
  };
  return environment_->promise<T>(*database_->object, start, convert);
}

Napi::Value BackupObject::step(const Napi::CallbackInfo& info) {
  const int pages = info[0].As<Napi::Number>().Int32Value();
  const auto run = [pages](Job& job) -> Result<Backup::Progress> {
    auto backup = job.started();
    if (!backup) return std::move(backup).error();
    FSDB_TRY((*backup)->step(pages));
    return (*backup)->progress();
  };
  return later<Backup::Progress>(
      run, [](Napi::Env env, const Backup::Progress& progress) -> Napi::Value {
        auto object = Napi::Object::New(env);
        object.Set("totalPages", toJs(env, progress.totalPages));
        object.Set("remainingPages", toJs(env, progress.remainingPages));
        return object;
      });
}

Napi::Value BackupObject::finish(const Napi::CallbackInfo&) {
  const auto run = [](Job& job) -> Result<int64_t> {
    auto backup = job.started();
    if (!backup) return std::move(backup).error();
    auto bytes = (*backup)->finish();
    job.end();
    return bytes;
  };
  return later<int64_t>(run, [](Napi::Env env, const int64_t& bytes) -> Napi::Value {
    return {env, toJs(env, bytes)};
  });
}

Napi::Value BackupObject::cancel(const Napi::CallbackInfo&) {
  const auto run = [](Job& job) -> Result<bool> {
    job.end();
    return true;
  };
  return later<bool>(run,
                     [](Napi::Env env, const bool&) -> Napi::Value { return env.Undefined(); });
}

}  // namespace fsdb
