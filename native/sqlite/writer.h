// The one thread that writes to a database file, so that neither JavaScript nor the sync ever waits
// for the write lock, the disk, or each other.
//
// Jobs that wait together commit together: the writer begins a transaction, runs jobs until the
// queue is empty or kSlice has passed, commits, and only then reports each job's result. In a group
// that begins with an isolated job each runs in a savepoint of its own, and one that fails is
// rolled back alone, unless SQLite ended the whole transaction (a full disk, for one): then the
// jobs that ran before it in that transaction run again, if they can, or else fail with the same
// error. A group of jobs that need no savepoint shares its fate: it does without what SQLite has to
// note for them.
//
// Jobs run in the order in which they were submitted. Whoever has much to write submits the next
// piece when the last one is done: what waits in the queue is what others wait for.
//
// Threads: any thread may call submit(), run(), flush() and close(). Jobs and their `done` run on
// the writer's thread; they must not call run(), flush() or close(), but may submit.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "sqlite/connection.h"
#include "sqlite/write_statements.h"

namespace fsdb {

enum class Durability : uint8_t {
  kNormal,  // a power cut may lose it, and everything after it: for rows whose truth is a file
  kFull,    // once reported done, a power cut does not lose it
};

struct JobOptions {
  Durability durability = Durability::kFull;
  // Fails alone: see above. One that is not isolated is for what can be done again.
  bool isolated = true;
  // Running it a second time does the same, so that it may be when another job has made SQLite roll
  // the whole group back.
  bool repeatable = false;
  // How long it waits at most while another connection holds the write lock; by default as long as
  // the connection's busy timeout.
  std::optional<std::chrono::milliseconds> busyTimeout = {};
  // Runs between transactions, in no group.
  bool outside = false;
};

class Writer {
 public:
  // Runs inside a transaction, which it must not end. An exception is reported as kInternal.
  using Job = std::function<Result<void>(Connection&)>;
  // Called once per job, after the commit that holds it, or after it has failed: kClosed if it
  // never ran. A commit that failed fails all of its jobs. Must not throw.
  using Done = std::function<void(const Result<void>&)>;

  // How long one transaction may take before the next job waits for the next one: what an
  // application's write waits for the sync at most.
  static constexpr std::chrono::milliseconds kSlice{10};

  // The same while a bulk load runs and nobody in this process waits for the write lock.
  static constexpr std::chrono::milliseconds kBulkSlice{250};

  // `yield` is asked between transactions whether somebody else in this process waits for the write
  // lock; while it says so the writer stands back, at most kSlice. `clock` must outlive this
  // object.
  Writer(std::unique_ptr<Connection> connection, const Clock& clock,
         std::function<bool()> yield = {});
  // As close().
  ~Writer();

  // After close(), `done` is told kClosed before submit() returns, on the caller's thread.
  // kBusy: another process kept the write lock for longer than the job's busy timeout, or the
  // connection's; that is reported to every job that had waited for that long.
  void submit(Job job, Done done, const JobOptions& options) EXCLUDES(mutex_);
  // kNormal jobs are not isolated here.
  void submit(Job job, Done done, Durability durability = Durability::kFull) EXCLUDES(mutex_);

  // submit() and wait for the result.
  Result<void> run(Job job, Durability durability = Durability::kFull) EXCLUDES(mutex_);

  // Runs SQL of a program's, which may do what Authorizer::Access::kWriting says. From a job only.
  // Errors as runStatements(). SQL that is used again is prepared once.
  Result<std::vector<RunResult>> runForProgram(const std::vector<WriteStatement>& statements);

  // For the first load of an empty database. While it is on, a transaction waits for further jobs
  // and takes up to kBulkSlice, unless somebody waits for the write lock: an index in no particular
  // order is then written a few times instead of once per slice (measured for 100,000 documents:
  // a fifth less to write, a third less time). Jobs are `done` only with their transaction, so
  // whoever submits them must not wait for that before submitting the next.
  void setBulk(bool bulk) EXCLUDES(mutex_);

  // Returns after every job that was submitted before it is done.
  void flush() EXCLUDES(mutex_);

  // Runs what is queued, then closes the connection. Later jobs fail with kClosed. Calling it again
  // is harmless.
  void close() EXCLUDES(mutex_);

 private:
  struct Pending {
    Job job;
    Done done;
    JobOptions options;
    SteadyTime submitted;
  };
  struct Finished {
    Pending pending;
    Result<void> result;
  };
  // One transaction.
  struct Group {
    JobOptions options;  // of its first job
    std::vector<Finished> finished;
    std::optional<Error> error;  // what became of all of it
    bool rolledBack = false;     // by SQLite, for the fault of the last job in `finished`
  };
  // BEGIN, COMMIT and so on, prepared once.
  struct Statements;
  // What programs' SQL needs.
  struct Programs;

  void work() EXCLUDES(mutex_);
  bool waitForJobs() EXCLUDES(mutex_);
  void standBack() EXCLUDES(mutex_);
  void runSlice() EXCLUDES(mutex_);
  bool runOutside() EXCLUDES(mutex_);
  void runGroup(Group& group) EXCLUDES(mutex_);
  void endGroup(Group& group) EXCLUDES(mutex_);
  std::optional<Pending> takeJob(const JobOptions& group) EXCLUDES(mutex_);
  bool awaitJob(SteadyTime begin) EXCLUDES(mutex_);
  bool mayGoOn(SteadyTime begin) EXCLUDES(mutex_);
  std::chrono::microseconds onBusy(std::chrono::microseconds waited) EXCLUDES(mutex_);
  bool hasWaitedEnough(const Pending& pending) const;
  void failWaiting(size_t count, const Error& error) EXCLUDES(mutex_);
  Result<void> begin(Durability durability);
  Result<void> runIsolated(const Job& job);
  // Reports to the jobs, and then counts them as done.
  void report(const std::vector<Finished>& finished) EXCLUDES(mutex_);

  // These belong to the writer's thread.
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Statements> statements_;
  std::unique_ptr<Programs> programs_;
  std::optional<Durability> durability_;  // what `PRAGMA synchronous` is set to
  Connection::BusyHandler busyTimeout_;   // the connection's own
  std::optional<SteadyTime> busySince_;   // since when BEGIN has been waiting for the lock

  const Clock& clock_;
  const std::function<bool()> yield_;
  Mutex mutex_;
  ConditionVariable wake_;
  ConditionVariable progress_;
  std::deque<Pending> queue_ GUARDED_BY(mutex_);
  uint64_t submitted_ GUARDED_BY(mutex_) = 0;
  uint64_t done_ GUARDED_BY(mutex_) = 0;
  bool bulk_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace fsdb
