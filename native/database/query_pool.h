// The threads that run queries of programs, each on a connection of its own: at most kThreads, as
// many as there is to do, none after kIdle of nothing to do.
//
// A query has its connection for as long as it runs: two on one connection would see the older
// one's snapshot. A stream whose reader is slow keeps its connection, but no thread. Queries take
// turns, so that a long one does not keep short ones waiting.
//
// Threads: any may call submit() and close().
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "database/query_run.h"

namespace fsdb {

class QueryPool : public std::enable_shared_from_this<QueryPool> {
 public:
  using Connect = std::function<Result<std::unique_ptr<QueryConnection>>()>;

  static constexpr size_t kThreads = 2;
  static constexpr size_t kMaxConnections = 16;
  // Of the connections, what streams may have: queries always get one.
  static constexpr size_t kMaxStreams = 12;
  static constexpr std::chrono::seconds kIdle{5};
  // How long a query runs before another one has its turn.
  static constexpr std::chrono::milliseconds kTurn{10};

  // `clock` must outlive the pool's threads: until close().
  QueryPool(Connect connect, const Clock& clock);
  ~QueryPool() { close(); }
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  // Runs it. kClosed and kLimit (too many streams) are told to the run itself.
  void submit(const std::shared_ptr<QueryRun>& run) EXCLUDES(mutex_);

  // Ends what runs with kClosed, and the threads. Later runs are told kClosed.
  void close() EXCLUDES(mutex_);

  // How many there are now.
  size_t threads() EXCLUDES(mutex_);
  size_t connections() EXCLUDES(mutex_);

 private:
  struct Job {
    std::shared_ptr<QueryRun> run;
    std::unique_ptr<QueryConnection> connection;  // null: not begun
    bool inHand = false;                          // a thread is at it
    bool resumed = false;                         // while it was
  };
  struct Slot {
    bool running = false;
    Thread thread;
  };

  void resume(const std::shared_ptr<Job>& job) EXCLUDES(mutex_);
  void enqueue(std::shared_ptr<Job> job) REQUIRES(mutex_);
  void startThread() REQUIRES(mutex_);
  void work(size_t slot) EXCLUDES(mutex_);
  std::shared_ptr<Job> nextJob(size_t slot) EXCLUDES(mutex_);
  std::shared_ptr<Job> takeReadyJob() REQUIRES(mutex_);
  size_t running() REQUIRES(mutex_);
  void endThread(size_t slot) EXCLUDES(mutex_);
  Result<void> connect(Job& job) EXCLUDES(mutex_);
  void afterTurn(const std::shared_ptr<Job>& job, QueryRun::Next next) EXCLUDES(mutex_);

  const Connect connect_;
  const Clock& clock_;

  Mutex mutex_;
  ConditionVariable wake_;
  std::set<std::shared_ptr<Job>> jobs_ GUARDED_BY(mutex_);     // all that have not ended
  std::deque<std::shared_ptr<Job>> queue_ GUARDED_BY(mutex_);  // those that can go on
  std::vector<std::unique_ptr<QueryConnection>> free_ GUARDED_BY(mutex_);
  size_t connections_ GUARDED_BY(mutex_) = 0;
  size_t streams_ GUARDED_BY(mutex_) = 0;
  size_t idle_ GUARDED_BY(mutex_) = 0;  // threads that have nothing to do
  bool closed_ GUARDED_BY(mutex_) = false;
  std::array<Slot, kThreads> slots_ GUARDED_BY(mutex_);
};

}  // namespace fsdb
