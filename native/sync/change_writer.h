// The writer's side of a pass: puts changes into jobs of about half a slice of the writer's time,
// has one written while the next is put together, and collects what has come of them.
//
// Threads: the sync thread; the jobs run on the writer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sqlite/writer.h"
#include "sync/change_applier.h"

namespace fsdb {

class ChangeWriter {
 public:
  // `applier` belongs to the writer's thread, where the first job creates it. With `isFirst`,
  // `generation` is stored by endBulk() only: see SyncPass::run().
  ChangeWriter(Writer& writer, std::unique_ptr<ChangeApplier>& applier,
               std::shared_ptr<ApplyContext> context, int64_t generation, bool isFirst);
  // After wait().
  ~ChangeWriter();

  // The first load of all sources.
  Result<void> beginBulk();
  Result<void> endBulk();

  // So many changes become visible at once.
  static constexpr size_t kAtomic = 500;

  // May wait until the writer has room for another job.
  Result<void> add(FileChange change);

  // What has been added goes to the writer now.
  void submit();

  // Waits until everything that was submitted has been committed, or has failed.
  Result<void> wait();

  // Files whose ids became free by what was written: (type, path).
  std::vector<std::pair<std::string, std::string>> takeLookAgain();

  // The rest of what has come of it. After wait().
  ApplyOutcome takeOutcome();

 private:
  struct Jobs;
  class Leaving;

  Result<void> waitForRoom();

  Writer& writer_;
  std::unique_ptr<ChangeApplier>& applier_;
  const std::shared_ptr<ApplyContext> context_;
  const int64_t generation_;
  const bool isFirst_;
  std::vector<FileChange> batch_;
  size_t batchBytes_ = 0;
  const std::shared_ptr<Jobs> jobs_;  // shared with the writer's callbacks
};

}  // namespace fsdb
