#include "addon/sync_objects.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "addon/batch.h"
#include "addon/conversions.h"
#include "addon/environment.h"

namespace fsdb {
namespace {

using SharedReport = std::shared_ptr<const SyncReport>;
using ReportHandle = Napi::External<SharedReport>;
using Microseconds = std::chrono::duration<double, std::micro>;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr size_t kRefFields = 3;
constexpr size_t kErrorFields = 9;

void add(Batch& batch, Napi::Env env, const DocumentRef& ref) {
  batch.add(toJs(env, ref.type));
  batch.add(toJs(env, ref.id));
  batch.add(toJs(env, ref.filePath));
  batch.endRow();
}

// The order is that of `fileErrors` in binding.d.ts.
void add(Batch& batch, Napi::Env env, const FileError& error) {
  const auto position = [&](int number) {
    return number == 0 ? undefined(env) : toJs(env, int64_t{number});
  };
  batch.add(toJs(env, error.type));
  batch.add(toJs(env, error.filePath));
  batch.add(toJs(env, errorCodeName(error.error.code)));
  batch.add(toJs(env, error.error.message));
  batch.add(position(error.error.line));
  batch.add(position(error.error.column));
  batch.add(toJs(env, error.attempts));
  batch.add(toJsOrNull(env, error.nextRetryAt));
  batch.add(toJs(env, error.since));
  batch.endRow();
}

Napi::Array errorsToJs(const Factories& factories, const std::vector<FileError>& errors) {
  const auto rows = Napi::Array::New(factories.env());
  Batch batch(factories.env(), factories.fileErrors(), rows, kErrorFields);
  for (const auto& error : errors) add(batch, factories.env(), error);
  batch.flush();
  return rows;
}

const DocumentRefs& listOf(const SyncReport& report, const std::string& name) {
  if (name == "added") return report.added;
  return name == "changed" ? report.changed : report.removed;
}

WatchMode toWatchMode(const std::string& mode) {
  if (mode == "off") return WatchMode::kOff;
  return mode == "poll" ? WatchMode::kPoll : WatchMode::kAuto;
}

SourceConfig toSourceConfig(const Napi::Object& source) {
  SourceConfig config;
  config.type = toText(source.Get("type"));
  config.directory = toText(source.Get("directory"));
  config.include = toTexts(source.Get("include"));
  config.exclude = toTexts(source.Get("exclude"));
  config.id = toText(source.Get("id"));
  config.name = toText(source.Get("name"));
  config.require = toTexts(source.Get("require"));
  config.followSymlinks = source.Get("followSymlinks").ToBoolean();
  config.maxFileBytes = source.Get("maxFileBytes").As<Napi::Number>().Int64Value();
  return config;
}

std::chrono::milliseconds toMilliseconds(const Napi::Value& value) {
  return std::chrono::milliseconds(value.As<Napi::Number>().Int64Value());
}

}  // namespace

Napi::Value toJs(Napi::Env env, const SharedReport& report) {
  if (!report) return env.Null();
  auto object = Napi::Object::New(env);
  const auto count = [&](const auto& list) { return static_cast<double>(list.size()); };
  object.Set("reason", toJs(env, syncReasonName(report->reason)));
  object.Set("generation", toJs(env, report->generation));
  object.Set("added", count(report->added));
  object.Set("changed", count(report->changed));
  object.Set("removed", count(report->removed));
  object.Set("renamed", count(report->renamed));
  object.Set("failed", toJs(env, report->failed));
  object.Set("scanned", toJs(env, report->scanned));
  object.Set("unchanged", toJs(env, report->unchanged));
  object.Set("parsed", toJs(env, report->parsed));
  object.Set("durationMs", Milliseconds(report->duration).count());
  const auto free = [](Napi::Env, SharedReport* handle) { delete handle; };
  object.Set("handle", ReportHandle::New(env, new SharedReport(report), free));
  return object;
}

Napi::Value documentRefs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SyncReport& report = **info[0].As<ReportHandle>().Data();
  const std::string list = toText(info[1]);
  const auto environment = Environment::of(env);
  const auto rows = Napi::Array::New(env);
  Batch batch(env, environment->factories().documentRefs(), rows, kRefFields);
  if (list == "renamed") {
    for (const auto& [from, to] : report.renamed) {
      add(batch, env, from);
      add(batch, env, to);
    }
  } else {
    for (const auto& ref : listOf(report, list)) add(batch, env, ref);
  }
  batch.flush();
  return rows;
}

Napi::Value toJs(const Factories& factories, const FileError& error) {
  return errorsToJs(factories, {error}).Get(0U);
}

Napi::Value toJs(const Factories& factories, const SyncStatus& status) {
  const Napi::Env env = factories.env();
  auto object = Napi::Object::New(env);
  object.Set("state", toJs(env, syncStateName(status.state)));
  object.Set("role", status.leader ? "leader" : "follower");
  object.Set("leaderPid", status.leaderPid ? toJs(env, *status.leaderPid) : null(env));
  object.Set("backend", status.backend);
  object.Set("directories", toJs(env, status.directories));
  object.Set("overflows", toJs(env, status.overflows));
  object.Set("rescans", toJs(env, status.rescans));
  object.Set("pending", toJs(env, status.pending));
  object.Set("generation", toJs(env, status.generation));
  object.Set("lastSync", toJs(env, status.lastSync));
  object.Set("errors", errorsToJs(factories, status.errors));
  const auto degraded = Napi::Array::New(env, status.degraded.size());
  for (size_t i = 0; i < status.degraded.size(); i++) {
    degraded.Set(static_cast<uint32_t>(i), status.degraded[i]);
  }
  object.Set("degraded", degraded);
  return object;
}

SyncConfig toSyncConfig(const Napi::Object& options) {
  SyncConfig config;
  const auto sources = options.Get("sources").As<Napi::Array>();
  for (uint32_t i = 0; i < sources.Length(); i++) {
    config.sources.push_back(toSourceConfig(sources.Get(i).As<Napi::Object>()));
  }
  config.debounce = toMilliseconds(options.Get("debounceMs"));
  config.maxWait = toMilliseconds(options.Get("maxWaitMs"));
  config.watch = toWatchMode(toText(options.Get("watch")));
  config.pollInterval = toMilliseconds(options.Get("pollIntervalMs"));
  config.threads = options.Get("threads").As<Napi::Number>().Int32Value();
  return config;
}

}  // namespace fsdb
