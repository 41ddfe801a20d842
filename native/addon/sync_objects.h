// What a sync tells, as JavaScript values, and its configuration.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>

#include "sync/source.h"
#include "sync/sync_report.h"

namespace fsdb {

class Factories;

// The numbers of a report, and a handle for documentRefs(): a report may name 100,000 documents,
// and making objects of them all would stop the event loop for many who never look.
Napi::Value toJs(Napi::Env env, const std::shared_ptr<const SyncReport>& report);

// (handle, list): the documents of one list; for "renamed", each pair's two in turn.
Napi::Value documentRefs(const Napi::CallbackInfo& info);

Napi::Value toJs(const Factories& factories, const FileError& error);
Napi::Value toJs(const Factories& factories, const SyncStatus& status);

// From the object that lib/ has checked and completed.
SyncConfig toSyncConfig(const Napi::Object& options);

}  // namespace fsdb
