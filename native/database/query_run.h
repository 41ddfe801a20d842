// A query on its way from the thread that runs it to the one that wants the rows.
//
// Threads: any may cancel(). The other methods of the consumer belong to one thread; work() and
// end() to whoever runs it, one thread at a time. Callbacks come on the thread that causes them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "database/call.h"
#include "sqlite/query_cursor.h"

namespace fsdb {

struct QueryRequest {
  std::string sql;
  ParameterValues parameters;
  bool safeIntegers = false;
  bool streaming = false;  // rows wait to be taken before there are more; else they are all kept
  int64_t maxRows = 0;     // 0: no limit
  int64_t maxBytes = 0;  // of rows that wait to be taken or, unless streaming, of all; 0: no limit
};

class QueryRun final : public Call {
 public:
  using Ready = std::function<void(const Result<void>&)>;
  // Makes the query run on, after work() has said kParked.
  using Resume = std::function<void()>;

  // What the query read and came to; known at the end.
  struct Summary {
    std::set<std::string> tables;
    uint64_t digest = 0;  // equal for equal results
  };

  explicit QueryRun(QueryRequest request) : request_(std::move(request)) {}

  // Before it runs.
  void onResume(Resume resume) { resume_ = std::move(resume); }

  // For the consumer. `ready` is called once, when there are rows to take or there will be no more;
  // for kEnd only then. One call at a time. Fails with what the query failed with.
  enum class Until : uint8_t { kRows, kEnd };
  void whenReady(Until until, Ready ready) EXCLUDES(mutex_);
  // The rows that are there, about `rows` of them.
  std::vector<ColumnarBatch> take(size_t rows) EXCLUDES(mutex_);
  // The query has ended well, and all of its rows were taken.
  bool isAtEnd() EXCLUDES(mutex_);
  // Of a query that has rows, or has ended.
  std::vector<std::string> columns() EXCLUDES(mutex_);
  Summary summary() EXCLUDES(mutex_);

  // Ends the query with `error`, unless it has ended.
  void cancel(const Error& error) override { fail(error); }

  // For who runs it. Runs on until it has ended, or is to wait, or `deadline` has passed.
  enum class Next : uint8_t { kAgain, kParked, kDone };
  Next work(Connection& connection, Authorizer& authorizer, const Clock& clock, SteadyTime deadline)
      EXCLUDES(mutex_);
  // Ends it with `error`, unless it has ended.
  void fail(const Error& error) EXCLUDES(mutex_);
  // Lets go of the connection. After kDone, or when nobody runs it any more.
  void drop() { cursor_.reset(); }
  bool isStreaming() const { return request_.streaming; }

 private:
  Result<bool> advance(Connection& connection, Authorizer& authorizer);
  Result<void> keep(ColumnarBatch batch) EXCLUDES(mutex_);
  void finish() EXCLUDES(mutex_);
  bool parkIfFull() EXCLUDES(mutex_);
  Ready takeReady() REQUIRES(mutex_);

  const QueryRequest request_;
  Resume resume_;
  std::unique_ptr<QueryCursor> cursor_;  // belongs to who runs it
  std::atomic<bool> cancelled_ = false;

  Mutex mutex_;
  std::deque<ColumnarBatch> batches_ GUARDED_BY(mutex_);
  size_t waitingRows_ GUARDED_BY(mutex_) = 0;
  int64_t waitingBytes_ GUARDED_BY(mutex_) = 0;
  int64_t rows_ GUARDED_BY(mutex_) = 0;
  int64_t bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> columns_ GUARDED_BY(mutex_);
  Summary summary_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  bool parked_ GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  Ready ready_ GUARDED_BY(mutex_);
  Until until_ GUARDED_BY(mutex_) = Until::kRows;
};

}  // namespace fsdb
