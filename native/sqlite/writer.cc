#include "sqlite/writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "sqlite/authorizer.h"
#include "sqlite/statement.h"
#include "sqlite/statement_cache.h"

namespace fsdb {
namespace {

// How often `yield` is asked while the writer stands back.
constexpr std::chrono::microseconds kYieldPoll{500};

// Statements of programs that stay prepared.
constexpr size_t kProgramStatements = 64;

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

Error busyError() {
  Error error;
  error.code = ErrorCode::kBusy;
  error.message = "write: another connection kept the write lock for longer than the busy timeout";
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

struct Writer::Programs {
  explicit Programs(Connection& connection)
      : authorizer(connection), cache(connection, kProgramStatements) {}

  Authorizer authorizer;
  StatementCache cache;
};

Writer::Writer(std::unique_ptr<Connection> connection, const Clock& clock,
               std::function<bool()> yield)
    : connection_(std::move(connection)), clock_(clock), yield_(std::move(yield)) {
  thread_ = Thread("fsdb-writer", [this] { work(); });
}

Writer::~Writer() { close(); }

void Writer::submit(Job job, Done done, Durability durability) {
  JobOptions options;
  options.durability = durability;
  options.isolated = durability == Durability::kFull;
  submit(std::move(job), std::move(done), options);
}

void Writer::submit(Job job, Done done, const JobOptions& options) {
  {
    MutexLock lock(mutex_);
    if (!closing_) {
      queue_.push_back({std::move(job), std::move(done), options, clock_.now()});
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

Result<std::vector<RunResult>> Writer::runForProgram(
    const std::vector<WriteStatement>& statements) {
  if (!programs_) programs_ = std::make_unique<Programs>(*connection_);
  const AllowedAccess access(programs_->authorizer, Authorizer::Access::kWriting);
  return runStatements(*connection_, programs_->cache, statements);
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
  busyTimeout_ = connection_->busyHandler();
  connection_->setBusyHandler([this](std::chrono::microseconds waited) { return onBusy(waited); });
  while (waitForJobs()) {
    standBack();
    runSlice();
  }
  statements_.reset();
  if (programs_) programs_->cache.clear();
  // Only a connection that has read the file knows that there is a log to remove when it closes.
  (void)connection_->queryInteger("PRAGMA schema_version");
  connection_.reset();
  programs_.reset();
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
  if (runOutside()) return;
  size_t waiting = 0;
  Group group;
  {
    MutexLock lock(mutex_);
    waiting = queue_.size();
    group.options = queue_.front().options;
  }
  if (auto begun = begin(group.options.durability); !begun) {
    return failWaiting(waiting, begun.error());
  }
  runGroup(group);
  endGroup(group);
}

bool Writer::runOutside() {
  std::vector<Finished> finished;
  {
    MutexLock lock(mutex_);
    if (!queue_.front().options.outside) return false;
    finished.push_back({std::move(queue_.front()), {}});
    queue_.pop_front();
  }
  finished.front().result = callJob(finished.front().pending.job, *connection_);
  report(finished);
  return true;
}

void Writer::runGroup(Group& group) {
  const auto start = clock_.now();
  do {
    auto pending = takeJob(group.options);
    if (!pending) break;
    const bool isolated = group.options.isolated;
    auto result = isolated ? runIsolated(pending->job) : callJob(pending->job, *connection_);
    if (!connection_->inTransaction()) {
      group.rolledBack = !result;
      group.error = result ? endedError() : result.error();
    } else if (!result && !isolated) {
      group.error = result.error();
      (void)statements_->rollback.run();
    }
    // What a job holds, the documents of a bulk load for example, need not wait for the commit.
    if (!pending->options.repeatable) pending->job = nullptr;
    group.finished.push_back({std::move(*pending), std::move(result)});
  } while (!group.error && mayGoOn(start) && awaitJob(start));
}

void Writer::endGroup(Group& group) {
  if (!group.error) {
    if (auto committed = statements_->commit.run(); !committed) group.error = committed.error();
    if (connection_->inTransaction()) (void)statements_->rollback.run();
  }
  std::vector<Finished> done;
  std::vector<Pending> again;
  for (auto& job : group.finished) {
    if (group.rolledBack && job.result && job.pending.options.repeatable) {
      again.push_back(std::move(job.pending));
      continue;
    }
    if (group.error && job.result) job.result = *group.error;
    done.push_back(std::move(job));
  }
  if (!again.empty()) {
    MutexLock lock(mutex_);
    queue_.insert(queue_.begin(), std::make_move_iterator(again.begin()),
                  std::make_move_iterator(again.end()));
  }
  report(done);
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

std::optional<Writer::Pending> Writer::takeJob(const JobOptions& group) {
  MutexLock lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  const JobOptions& next = queue_.front().options;
  // `synchronous` cannot change inside a transaction: a job that needs more begins the next one,
  // whose sync covers this one, too.
  if (next.durability > group.durability) return std::nullopt;
  if (next.outside || (next.isolated && !group.isolated)) return std::nullopt;
  Pending pending = std::move(queue_.front());
  queue_.pop_front();
  return pending;
}

// Called again and again while BEGIN waits: jobs give up one by one, the last one with BEGIN
// itself.
std::chrono::microseconds Writer::onBusy(std::chrono::microseconds waited) {
  if (connection_->inTransaction()) return busyTimeout_(waited);
  if (!busySince_) busySince_ = clock_.now();
  std::vector<Finished> failed;
  bool empty = false;
  {
    MutexLock lock(mutex_);
    for (auto job = queue_.begin(); job != queue_.end();) {
      if (job->options.busyTimeout && hasWaitedEnough(*job)) {
        failed.push_back({std::move(*job), busyError()});
        job = queue_.erase(job);
      } else {
        ++job;
      }
    }
    empty = queue_.empty();
  }
  report(failed);
  return empty ? std::chrono::microseconds(0) : busyTimeout_(waited);
}

bool Writer::hasWaitedEnough(const Pending& pending) const {
  const auto begin = busySince_ ? std::max(*busySince_, pending.submitted) : pending.submitted;
  return clock_.now() - begin >= pending.options.busyTimeout.value_or(std::chrono::milliseconds(0));
}

// Of the first `count` jobs those stay that may wait for longer than the connection does.
void Writer::failWaiting(size_t count, const Error& error) {
  std::vector<Finished> failed;
  {
    MutexLock lock(mutex_);
    std::deque<Pending> staying;
    const bool busy = error.code == ErrorCode::kBusy && !closing_;
    while (!queue_.empty()) {
      Pending pending = std::move(queue_.front());
      queue_.pop_front();
      const bool first = count > 0;
      if (first) count--;
      const bool patient = busy && pending.options.busyTimeout && !hasWaitedEnough(pending);
      if (!first || patient) {
        staying.push_back(std::move(pending));
      } else {
        failed.push_back({std::move(pending), error});
      }
    }
    queue_ = std::move(staying);
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
  auto begun = statements_->begin.run();
  if (begun) busySince_.reset();
  return begun;
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
  if (finished.empty()) return;
  for (const auto& job : finished) {
    if (job.pending.done) job.pending.done(job.result);
  }
  MutexLock lock(mutex_);
  done_ += finished.size();
  progress_.notifyAll();
}

}  // namespace fsdb
