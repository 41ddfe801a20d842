#include "database/query_run.h"

#include <utility>

namespace fsdb {
namespace {

// What a stream reads ahead: enough that its reader rarely waits.
constexpr size_t kAheadRows = 8'192;
constexpr int64_t kAheadBytes = 1024 * 1024;

// A consumer is woken for this many rows, unless there will be no more.
constexpr size_t kWorthWaking = 1'024;

Error limitError(const char* what, int64_t limit) {
  Error error;
  error.code = ErrorCode::kLimit;
  error.message = std::string("query: more than ") + what + " = " + std::to_string(limit);
  return error;
}

}  // namespace

QueryRun::Ready QueryRun::takeReady() {
  const bool rows = until_ == Until::kRows && waitingRows_ > 0;
  if (!ready_ || (!rows && !ended_)) return {};
  return std::exchange(ready_, nullptr);
}

void QueryRun::whenReady(Until until, Ready ready) {
  Result<void> result;
  {
    MutexLock lock(mutex_);
    ready_ = std::move(ready);
    until_ = until;
    ready = takeReady();
    if (error_) result = *error_;
  }
  if (ready) ready(result);
}

std::vector<ColumnarBatch> QueryRun::take(size_t rows) {
  std::vector<ColumnarBatch> taken;
  bool resume = false;
  {
    MutexLock lock(mutex_);
    size_t count = 0;
    while (!batches_.empty() && count < rows) {
      count += batches_.front().rows;
      waitingBytes_ -= static_cast<int64_t>(batches_.front().bytes());
      taken.push_back(std::move(batches_.front()));
      batches_.pop_front();
    }
    waitingRows_ -= count;
    resume = parked_ && waitingRows_ <= kAheadRows / 2 && waitingBytes_ <= kAheadBytes / 2;
    if (resume) parked_ = false;
  }
  if (resume && resume_) resume_();
  return taken;
}

bool QueryRun::isAtEnd() {
  MutexLock lock(mutex_);
  return ended_ && !error_ && batches_.empty();
}

std::vector<std::string> QueryRun::columns() {
  MutexLock lock(mutex_);
  return columns_;
}

QueryRun::Summary QueryRun::summary() {
  MutexLock lock(mutex_);
  return summary_;
}

QueryRun::Next QueryRun::work(Connection& connection, Authorizer& authorizer, const Clock& clock,
                              SteadyTime deadline) {
  while (true) {
    if (cancelled_) return Next::kDone;
    auto more = advance(connection, authorizer);
    if (!more) {
      fail(more.error());
      return Next::kDone;
    }
    if (!*more) {
      finish();
      return Next::kDone;
    }
    if (parkIfFull()) return Next::kParked;
    if (clock.now() >= deadline) return Next::kAgain;
  }
}

// False at the end.
Result<bool> QueryRun::advance(Connection& connection, Authorizer& authorizer) {
  if (!cursor_) {
    auto cursor = QueryCursor::open(connection, authorizer, request_.sql, request_.parameters,
                                    request_.safeIntegers);
    if (!cursor) return std::move(cursor).error();
    cursor_ = std::move(cursor).value();
  }
  auto batch = cursor_->next(cancelled_);
  if (!batch) return std::move(batch).error();
  if (!*batch) return false;
  FSDB_TRY(keep(std::move(**batch)));
  return true;
}

Result<void> QueryRun::keep(ColumnarBatch batch) {
  const auto bytes = static_cast<int64_t>(batch.bytes());
  const uint64_t digest = request_.streaming ? 0 : batch.digest();
  Ready ready;
  {
    MutexLock lock(mutex_);
    if (rows_ == 0) columns_ = cursor_->columns();
    rows_ += static_cast<int64_t>(batch.rows);
    bytes_ += bytes;
    const int64_t counted = request_.streaming ? bytes : bytes_;
    if (request_.maxRows > 0 && rows_ > request_.maxRows) {
      return limitError("maxRows", request_.maxRows);
    }
    if (request_.maxBytes > 0 && counted > request_.maxBytes) {
      return limitError("maxBytes", request_.maxBytes);
    }
    waitingRows_ += batch.rows;
    waitingBytes_ += bytes;
    summary_.digest = summary_.digest * 0x9e3779b97f4a7c15 + digest;
    if (ended_) return {};
    batches_.push_back(std::move(batch));
    if (waitingRows_ >= kWorthWaking || waitingBytes_ >= kAheadBytes) ready = takeReady();
  }
  if (ready) ready({});
  return {};
}

void QueryRun::finish() {
  Ready ready;
  {
    MutexLock lock(mutex_);
    if (ended_) return;
    ended_ = true;
    columns_ = cursor_->columns();
    summary_.tables = cursor_->tables();
    ready = takeReady();
  }
  if (ready) ready({});
}

bool QueryRun::parkIfFull() {
  if (!request_.streaming) return false;
  MutexLock lock(mutex_);
  parked_ = !ended_ && (waitingRows_ >= kAheadRows || waitingBytes_ >= kAheadBytes);
  return parked_;
}

void QueryRun::fail(const Error& error) {
  Ready ready;
  bool resume = false;
  {
    MutexLock lock(mutex_);
    if (ended_) return;
    ended_ = true;
    cancelled_ = true;
    error_ = error;
    batches_.clear();
    resume = std::exchange(parked_, false);
    ready = takeReady();
  }
  if (ready) ready(error);
  // So that it lets go of its connection.
  if (resume && resume_) resume_();
}

}  // namespace fsdb
