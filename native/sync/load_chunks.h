// Reads files on several threads and hands on what became of them in the order of their paths, so
// that rows go in sorted and the same folder always gives the same database. What is in flight is
// bounded: a folder of any size needs the memory of a few chunks.
//
// Threads: the sync thread, which waits for the pool.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "sync/change_applier.h"
#include "sync/sync_plan.h"

namespace fsdb {

// Runs on any thread of the pool, and on several at a time.
using LoadFiles = std::function<std::vector<FileChange>(std::vector<FileToRead>)>;
using ConsumeChanges = std::function<Result<void>(std::vector<FileChange>)>;

// Stops at the first error of `consume`, and returns it.
Result<void> loadInChunks(ThreadPool& pool, std::vector<FileToRead> files, const LoadFiles& load,
                          const ConsumeChanges& consume);

}  // namespace fsdb
