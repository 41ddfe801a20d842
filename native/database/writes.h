// The writes of one handle: statements that the file's writer runs, and what came of them.
//
// Threads: write() and flush() belong to the handle's thread, waitUntilDone() to any; `done` is
// called on the writer's thread, or on the caller's if it cannot be done at all.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "database/call.h"
#include "database/core.h"
#include "sqlite/authorizer.h"
#include "sqlite/write_statements.h"

namespace fsdb {

struct WriteOptions {
  bool readonly = false;
  std::chrono::milliseconds busyTimeout{5000};
  Durability durability = Durability::kFull;
};

class Writes {
 public:
  template <typename T>
  using Done = std::function<void(const Result<T>&)>;
  using Results = std::vector<RunResult>;

  Writes(std::shared_ptr<Core> core, const WriteOptions& options);
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  // Runs the statements as one transaction. The call can be cancelled until it has begun.
  // kReadonly: the file cannot be written; kBusy, and what the statements fail with.
  std::shared_ptr<Call> write(std::vector<WriteStatement> statements, Done<Results> done);

  // Done when everything that was acknowledged before, by whomever in this process, is on the disk.
  void flush(Done<bool> done);

  // Waits for the writes that have not been answered.
  void waitUntilDone(std::chrono::milliseconds timeout);

 private:
  // Outlives this object, for calls that are still under way.
  struct Pending {
    Mutex mutex;
    ConditionVariable done;
    int count GUARDED_BY(mutex) = 0;

    void begin() EXCLUDES(mutex);
    void end() EXCLUDES(mutex);
  };
  class WriteCall;

  Result<Writer*> writer();

  const std::shared_ptr<Core> core_;
  const WriteOptions options_;
  const std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();
};

// write() for a database that only its own connection can see. On the connection's thread.
// kBusy: a transaction is open.
Result<Writes::Results> writeHere(Connection& connection, Authorizer& authorizer,
                                  const std::vector<WriteStatement>& statements);

}  // namespace fsdb
