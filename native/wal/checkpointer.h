// Copies the write-ahead log into the database on a thread and a connection of its own, so that
// neither the program nor the writer stops for it.
//
// Checkpoints are PASSIVE: they wait for nobody and hold nobody back. But the log can start anew
// only when all of it has been copied, and a writer that never rests outruns any checkpointer:
// above a limit, commits wait a moment for the checkpoint to catch up.
//
// Threads: noteLog() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "sqlite/connection.h"

namespace fsdb {

struct CheckpointLimits {
  // So many frames since the last checkpoint are worth another. SQLite's own number, too.
  int64_t passiveFrames = 1000;
  // With so many frames in the log, commits wait for the checkpoint.
  int64_t mostFrames = 16'000;
  // For so long.
  std::chrono::milliseconds patience{20};
};

class Checkpointer {
 public:
  // `connection` is this object's alone.
  Checkpointer(std::unique_ptr<Connection> connection, const Clock& clock,
               CheckpointLimits limits = {});
  ~Checkpointer();

  // A commit has left so many frames in the log, those that were copied already among them. Call it
  // after the commit, with no lock held.
  void noteLog(int64_t frames) EXCLUDES(mutex_);

  // Ends a checkpoint that is running, and the thread with it. Calling it again is harmless.
  void close() EXCLUDES(mutex_);

 private:
  void work() EXCLUDES(mutex_);
  bool waitForFrames() EXCLUDES(mutex_);

  const Clock& clock_;
  const CheckpointLimits limits_;
  const std::unique_ptr<Connection> connection_;  // the thread's
  Mutex mutex_;
  ConditionVariable wake_;
  ConditionVariable progress_;
  int64_t frames_ GUARDED_BY(mutex_) = 0;   // in the log
  int64_t seen_ GUARDED_BY(mutex_) = 0;     // of them, when the last checkpoint began
  bool wanted_ GUARDED_BY(mutex_) = false;  // by somebody who waits
  // A reader is in the way of the last frames: waiting would not help.
  bool blocked_ GUARDED_BY(mutex_) = false;
  uint64_t begun_ GUARDED_BY(mutex_) = 0;
  uint64_t done_ GUARDED_BY(mutex_) = 0;
  bool closing_ GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace fsdb
