// A backup under way, as binding.d.ts describes it: lib/ asks for one step after the other, and
// each runs on the thread for backups.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "addon/open_database.h"

namespace fsdb {

class BackupObject : public Napi::ObjectWrap<BackupObject> {
 public:
  static Napi::Function define(Napi::Env env);

  // (database, destination, attached)
  explicit BackupObject(const Napi::CallbackInfo& info);
  ~BackupObject() override;

  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);

 private:
  struct Job;

  template <typename T, typename Run>
  Napi::Value later(Run run, Napi::Value (*convert)(Napi::Env, const T&));

  const std::shared_ptr<OpenDatabase> database_;
  const std::shared_ptr<Environment> environment_;
  std::shared_ptr<Job> job_;  // belongs to the thread for backups, and to the environment's end
  uint64_t atEnd_ = 0;
};

}  // namespace fsdb
