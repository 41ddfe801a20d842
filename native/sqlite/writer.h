// The one thread that writes to a database file, so that neither JavaScript nor the sync ever waits
// for the write lock, the disk, or each other.
//
// Jobs that wait together commit together: the writer begins a transaction, runs jobs, each inside
// a savepoint of its own, until the queue is empty or kSlice has passed, commits, and only then
// reports each job's result. A failed job is rolled back alone.
//
// Threads: any thread may call submit(), flush() and close(). Jobs and their `done` run on the
// writer's thread; they must not call flush() or close().
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "sqlite/connection.h"

namespace fsdb {

class Writer {
 public:
  // Runs inside a transaction.
  using Job = std::function<Result<void>(Connection&)>;
  // Called once per job, after the commit that holds it, or after it has failed: kClosed if it
  // never ran. A commit that failed fails all of its jobs.
  using Done = std::function<void(const Result<void>&)>;

  // How long one transaction may take before the next job waits for the next one: what an
  // application's write waits for the sync at most.
  static constexpr std::chrono::milliseconds kSlice{10};

  // `yield` is asked between transactions whether somebody else in this process waits for the write
  // lock; while it says so the writer stands back, at most kSlice. `clock` must outlive this
  // object.
  Writer(std::unique_ptr<Connection> connection, const Clock& clock,
         std::function<bool()> yield = {});
  // As close().
  ~Writer();

  void submit(Job job, Done done) EXCLUDES(mutex_);

  // submit() and wait for the result.
  Result<void> run(Job job) EXCLUDES(mutex_);

  // Returns after every job that was submitted before it is done.
  void flush() EXCLUDES(mutex_);

  // Runs what is queued, then ends the thread and closes the connection. Later jobs fail with
  // kClosed. Calling it again is harmless.
  void close() EXCLUDES(mutex_);

 private:
  struct Pending {
    Job job;
    Done done;
  };

  void work() EXCLUDES(mutex_);
  void runSlice() EXCLUDES(mutex_);

  std::unique_ptr<Connection> connection_;
  const Clock& clock_;
  std::function<bool()> yield_;
  Mutex mutex_;
  ConditionVariable wake_;
  ConditionVariable idle_;
  std::deque<Pending> queue_ GUARDED_BY(mutex_);
  bool running_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace fsdb
