#include "sqlite/writer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "sqlite/statement.h"

namespace fsdb {
namespace {

// How often `yield` is asked while the writer stands back.
constexpr std::chrono::microseconds kYieldPoll{500};

Error closedError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "write: the database is closed";
  return error;
}

Error internalError(const char* reason) {
  Error error;
  error.code = ErrorCode::kInternal;
  error.message = std::string("write: ") + reason;
  return error;
}

Error endedError() {
  Error error;
  error.code = ErrorCode::kSql;
  error.message = "write: a statement ended the transaction that it was part of";
  return error;
}

Result<void> callJob(const Writer::Job& job, Connection& connection) {
  try {
    return job(connection);
  } catch (const std::exception& exception) {
    return internalError(exception.what());
  } catch (...) {
    return internalError("unknown exception");
  }
}

}  // namespace

struct Writer::Statements {
  Statement begin;
  Statement commit;
  Statement rollback;
  Statement savepoint;
  Statement release;
  Statement rollbackTo;

  static Result<Statements> create(Connection& connection) {
    Statements all;
    const std::pair<Statement*, const char*> texts[] = {
        {&all.begin, "BEGIN IMMEDIATE"},     {&all.commit, "COMMIT"},
        {&all.rollback, "ROLLBACK"},         {&all.savepoint, "SAVEPOINT _fsdb_job"},
        {&all.release, "RELEASE _fsdb_job"}, {&all.rollbackTo, "ROLLBACK TO _fsdb_job"},
    };
    for (const auto& [target, sql] : texts) {
      auto statement = connection.prepare(sql);
      if (!statement) return std::move(statement).error();
      *target = std::move(*statement);
    }
    return all;
  }
};

Writer::Writer(std::unique_ptr<Connection> connection, const Clock& clock,
               std::function<bool()> yield)
    : connection_(std::move(connection)), clock_(clock), yield_(std::move(yield)) {
  thread_ = Thread("fsdb-writer", [this] { work(); });
}

Writer::~Writer() { close(); }

void Writer::submit(Job job, Done done, Durability durability) {
  {
    MutexLock lock(mutex_);
    if (!closing_) {
      queue_.push_back({std::move(job), std::move(done), durability});
      submitted_++;
      wake_.notifyOne();
      return;
    }
  }
  if (done) done(closedError());
}

Result<void> Writer::run(Job job, Durability durability) {
  struct Outcome {
    Mutex mutex;
    ConditionVariable condition;
    std::optional<Result<void>> result GUARDED_BY(mutex);
  } outcome;
  const auto done = [&outcome](const Result<void>& result) {
    // Notified under the lock: `outcome` is gone as soon as run() has seen the result.
    MutexLock lock(outcome.mutex);
    outcome.result = result;
    outcome.condition.notifyOne();
  };
  submit(std::move(job), done, durability);
  MutexLock lock(outcome.mutex);
  while (!outcome.result) outcome.condition.wait(outcome.mutex);
  return *outcome.result;
}

void Writer::setBulk(bool bulk) {
  MutexLock lock(mutex_);
  bulk_ = bulk;
  wake_.notifyOne();
}

void Writer::flush() {
  MutexLock lock(mutex_);
  const uint64_t target = submitted_;
  while (done_ < target) progress_.wait(mutex_);
}

void Writer::close() {
  MutexLock lock(mutex_);
  closing_ = true;
  wake_.notifyOne();
  while (!closed_) progress_.wait(mutex_);
}

void Writer::work() {
  while (waitForJobs()) {
    standBack();
    runSlice();
  }
  statements_.reset();
  // Only a connection that has read the file knows that there is a log to remove when it closes.
  (void)connection_->queryInteger("PRAGMA schema_version");
  connection_.reset();
  MutexLock lock(mutex_);
  closed_ = true;
  progress_.notifyAll();
}

bool Writer::waitForJobs() {
  MutexLock lock(mutex_);
  while (queue_.empty() && !closing_) wake_.wait(mutex_);
  return !queue_.empty();
}

void Writer::standBack() {
  if (!yield_) return;
  const auto deadline = clock_.now() + kSlice;
  while (yield_() && clock_.now() < deadline) {
    MutexLock lock(mutex_);
    clock_.waitUntil(wake_, mutex_, std::min(deadline, clock_.now() + kYieldPoll));
  }
}

void Writer::runSlice() {
  size_t waiting = 0;
  Durability durability;
  {
    MutexLock lock(mutex_);
    waiting = queue_.size();
    durability = queue_.front().durability;
  }
  if (auto begun = begin(durability); !begun) return failWaiting(waiting, begun.error());

  std::vector<Finished> finished;
  std::optional<Error> groupError;
  const auto start = clock_.now();
  do {
    auto pending = takeJob(durability);
    if (!pending) break;
    const bool isolated = durability == Durability::kFull;
    auto result = isolated ? runIsolated(pending->job) : callJob(pending->job, *connection_);
    if (!connection_->inTransaction()) {
      groupError = result ? endedError() : result.error();
    } else if (!result && !isolated) {
      groupError = result.error();
      (void)statements_->rollback.run();
    }
    finished.push_back({std::move(pending->done), std::move(result)});
  } while (!groupError && mayGoOn(start) && awaitJob(start));

  if (!groupError) {
    if (auto committed = statements_->commit.run(); !committed) groupError = committed.error();
    if (connection_->inTransaction()) (void)statements_->rollback.run();
  }
  if (groupError) {
    for (auto& job : finished) {
      if (job.result) job.result = *groupError;
    }
  }
  report(finished);
}

// May the running transaction take another job?
bool Writer::mayGoOn(SteadyTime begin) {
  const auto passed = clock_.now() - begin;
  if (passed < kSlice) return true;
  {
    MutexLock lock(mutex_);
    if (!bulk_) return false;
  }
  return passed < kBulkSlice && !(yield_ && yield_());
}

// False: there is no job, and none to wait for.
bool Writer::awaitJob(SteadyTime begin) {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!queue_.empty()) return true;
      if (!bulk_ || closing_) return false;
      clock_.waitUntil(wake_, mutex_, clock_.now() + kYieldPoll);
      if (!queue_.empty()) return true;
    }
    if (!mayGoOn(begin)) return false;
  }
}

// Checkpoints copy pages that a bulk load is about to change again: fewer of them, then.
Result<void> Writer::adoptBulk() {
  bool bulk = false;
  {
    MutexLock lock(mutex_);
    bulk = bulk_;
  }
  if (bulk == bulkAdopted_) return {};
  bulkAdopted_ = bulk;
  return connection_->exec(bulk ? "PRAGMA wal_autocheckpoint=8000"
                                : "PRAGMA wal_autocheckpoint=1000");
}

std::optional<Writer::Pending> Writer::takeJob(Durability durability) {
  MutexLock lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  // `synchronous` cannot change inside a transaction: a job that needs more begins the next one,
  // whose sync covers this one, too.
  if (queue_.front().durability > durability) return std::nullopt;
  Pending pending = std::move(queue_.front());
  queue_.pop_front();
  return pending;
}

void Writer::failWaiting(size_t count, const Error& error) {
  std::vector<Finished> failed;
  failed.reserve(count);
  for (size_t i = 0; i < count; i++) {
    auto pending = takeJob(Durability::kFull);
    failed.push_back({std::move(pending->done), error});
  }
  report(failed);
}

Result<void> Writer::begin(Durability durability) {
  if (!statements_) {
    auto statements = Statements::create(*connection_);
    if (!statements) return std::move(statements).error();
    statements_ = std::make_unique<Statements>(std::move(*statements));
  }
  if (durability_ != durability) {
    const bool full = durability == Durability::kFull;
    FSDB_TRY(connection_->exec(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
    durability_ = durability;
  }
  FSDB_TRY(adoptBulk());
  return statements_->begin.run();
}

Result<void> Writer::runIsolated(const Job& job) {
  FSDB_TRY(statements_->savepoint.run());
  auto result = callJob(job, *connection_);
  // SQLite rolls everything back by itself after some errors; the savepoint is gone then.
  if (!connection_->inTransaction()) return result;
  if (!result) (void)statements_->rollbackTo.run();
  auto released = statements_->release.run();
  return result ? released : result;
}

void Writer::report(const std::vector<Finished>& finished) {
  for (const auto& job : finished) {
    if (job.done) job.done(job.result);
  }
  MutexLock lock(mutex_);
  done_ += finished.size();
  progress_.notifyAll();
}

}  // namespace fsdb
