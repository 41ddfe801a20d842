#include "database/writes.h"

#include <atomic>
#include <string>
#include <utility>

#include "sqlite/statement_cache.h"
#include "sqlite/transaction.h"

namespace fsdb {
namespace {

// Enough that SQL which comes again within one call is prepared once.
constexpr size_t kCachedHere = 16;

}  // namespace

void Writes::Pending::begin() {
  MutexLock lock(mutex);
  count++;
}

void Writes::Pending::end() {
  MutexLock lock(mutex);
  count--;
  done.notifyAll();
}

class Writes::WriteCall final : public Call {
 public:
  WriteCall(std::vector<WriteStatement> statements, Done<Results> done)
      : statements_(std::move(statements)), done_(std::move(done)) {}

  void cancel(const Error& error) override {
    if (leave(State::kWaiting, State::kCancelled)) done_(error);
  }

  // On the writer's thread. It may come a second time: see JobOptions::repeatable.
  Result<void> run(Writer& writer) {
    if (!begin()) return cancelled();
    auto results = writer.runForProgram(statements_);
    if (!results) return std::move(results).error();
    results_ = std::move(results).value();
    return {};
  }

  void end(const Result<void>& result) {
    // One that never ran can still be cancelled, from another thread.
    if (!begin()) return;
    result ? done_(std::move(results_)) : done_(result.error());
  }

 private:
  enum class State : uint8_t { kWaiting, kBegun, kCancelled };

  bool leave(State from, State to) { return state_.compare_exchange_strong(from, to); }
  bool begin() {
    leave(State::kWaiting, State::kBegun);
    return state_ == State::kBegun;
  }
  static Error cancelled() {
    Error error;
    error.code = ErrorCode::kTimeout;
    error.message = "write: called off";
    return error;
  }

  const std::vector<WriteStatement> statements_;
  const Done<Results> done_;
  std::atomic<State> state_ = State::kWaiting;
  Results results_;  // the writer's thread's
};

Writes::Writes(std::shared_ptr<Core> core, const WriteOptions& options)
    : core_(std::move(core)), options_(options) {}

Result<Writer*> Writes::writer() {
  if (!options_.readonly) return core_->writer();
  Error error;
  error.code = ErrorCode::kReadonly;
  error.message = "write: the database was opened for reading only";
  return error;
}

std::shared_ptr<Call> Writes::write(std::vector<WriteStatement> statements, Done<Results> done) {
  auto writer = this->writer();
  if (!writer) {
    done(writer.error());
    return nullptr;
  }
  auto call = std::make_shared<WriteCall>(std::move(statements), std::move(done));
  JobOptions options;
  options.durability = options_.durability;
  options.repeatable = true;
  options.busyTimeout = options_.busyTimeout;
  pending_->begin();
  (*writer)->submit([call, writer = *writer](Connection&) { return call->run(*writer); },
                    [call, pending = pending_](const Result<void>& result) {
                      call->end(result);
                      pending->end();
                    },
                    options);
  return call;
}

void Writes::flush(Done<bool> done) {
  auto writer = this->writer();
  // Where nothing can be written, nothing was.
  if (!writer) return done(true);
  JobOptions options;
  options.outside = true;
  pending_->begin();
  (*writer)->submit([](Connection& connection) { return connection.syncLog(); },
                    [done = std::move(done), pending = pending_](const Result<void>& result) {
                      result ? done(true) : done(result.error());
                      pending->end();
                    },
                    options);
}

void Writes::waitUntilDone(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  MutexLock lock(pending_->mutex);
  while (pending_->count > 0 && std::chrono::steady_clock::now() < deadline) {
    pending_->done.waitUntil(pending_->mutex, deadline);
  }
}

Result<Writes::Results> writeHere(Connection& connection, Authorizer& authorizer,
                                  const std::vector<WriteStatement>& statements) {
  if (connection.inTransaction()) {
    Error error;
    error.code = ErrorCode::kBusy;
    error.message = "write: a transaction is open on the connection, the only one that there is";
    return error;
  }
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  StatementCache cache(connection, kCachedHere);
  auto results = [&] {
    const AllowedAccess access(authorizer, Authorizer::Access::kWriting);
    return runStatements(connection, cache, statements);
  }();
  if (!results) return results;
  FSDB_TRY(transaction->commit());
  return results;
}

}  // namespace fsdb
