#include "database/query_pool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sqlite/migration.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

constexpr char kEndless[] =
    "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

class QueryPoolTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*owner_));
    ASSERT_TRUE(owner_->exec("CREATE TABLE t (a)"));
    pool_ = std::make_shared<QueryPool>(
        [path = directory_.path("a.db")] { return QueryConnection::open(path, {}); }, clock_);
  }

  static std::string rows(int count) {
    return "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(count) +
           ") SELECT i FROM n";
  }
  static QueryRequest stream(const std::string& sql) {
    QueryRequest request;
    request.sql = sql;
    request.streaming = true;
    return request;
  }
  std::shared_ptr<QueryRun> submit(QueryRequest request) {
    auto run = std::make_shared<QueryRun>(std::move(request));
    pool_->submit(run);
    return run;
  }
  std::shared_ptr<QueryRun> submit(const std::string& sql) {
    QueryRequest request;
    request.sql = sql;
    return submit(std::move(request));
  }
  static Result<void> wait(QueryRun& run, QueryRun::Until until = QueryRun::Until::kRows) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    auto future = promise->get_future();
    run.whenReady(until, [promise](const Result<void>& result) { promise->set_value(result); });
    return future.get();
  }
  static Result<size_t> countRows(QueryRun& run) {
    size_t rows = 0;
    while (!run.isAtEnd()) {
      FSDB_TRY(wait(run));
      for (const auto& batch : run.take(1000)) rows += batch.rows;
    }
    return rows;
  }
  static Error reason(ErrorCode code) {
    Error error;
    error.code = code;
    error.message = "enough";
    return error;
  }

  TempDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<Connection> owner_ = Connection::open(directory_.path("a.db")).value();
  std::shared_ptr<QueryPool> pool_;
};

TEST_F(QueryPoolTest, GivesAllRowsOfQueriesAndStreams) {
  const auto query = submit(rows(20'000));
  const auto stream = submit(this->stream(rows(100'000)));

  EXPECT_EQ(countRows(*query).value(), 20'000U);
  EXPECT_EQ(countRows(*stream).value(), 100'000U);
}

TEST_F(QueryPoolTest, SeesWhatWasCommittedBefore) {
  for (int i = 1; i <= 20; i++) {
    ASSERT_TRUE(owner_->exec("INSERT INTO t VALUES (1)"));
    const auto run = submit("SELECT a FROM t");
    ASSERT_EQ(countRows(*run).value(), static_cast<size_t>(i));
  }
}

TEST_F(QueryPoolTest, SeesWhatWasCommittedSinceAStreamBegan) {
  const auto open = submit(stream(rows(1'000'000)));
  ASSERT_TRUE(wait(*open));
  ASSERT_TRUE(owner_->exec("INSERT INTO t VALUES (1)"));

  EXPECT_EQ(countRows(*submit("SELECT a FROM t")).value(), 1U);
}

TEST_F(QueryPoolTest, AStreamReadsOnlyALittleAhead) {
  const auto open = submit(stream(rows(1'000'000)));
  ASSERT_TRUE(wait(*open));
  // It waits for its reader once another query has had its turn after it.
  for (int i = 0; i < 20; i++) ASSERT_TRUE(countRows(*submit("SELECT 1")));

  size_t ahead = 0;
  for (const auto& batch : open->take(1'000'000)) ahead += batch.rows;

  EXPECT_LT(ahead, 20'000U);
}

TEST_F(QueryPoolTest, CancellingEndsWhatRunsWaitsAndIsParked) {
  const auto first = submit(kEndless);
  const auto second = submit(kEndless);
  const auto waiting = submit(kEndless);
  const auto parked = submit(stream(rows(1'000'000)));

  for (const auto& run : {first, second, waiting, parked}) {
    run->cancel(reason(ErrorCode::kTimeout));
    EXPECT_EQ(wait(*run).error().message, "enough");
  }

  EXPECT_EQ(countRows(*submit("SELECT 1")).value(), 1U);
}

TEST_F(QueryPoolTest, AShortQueryNeedNotWaitForManyRows) {
  const auto one = submit(rows(3'000'000));
  const auto other = submit(rows(3'000'000));

  // Turns are short even if the clock stands still: a stream of the pool's own time.
  std::thread clock([this] {
    for (int i = 0; i < 200; i++) {
      clock_.advance(milliseconds(10));
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(countRows(*submit("SELECT 1")).value(), 1U);
  clock.join();

  one->cancel(reason(ErrorCode::kTimeout));
  other->cancel(reason(ErrorCode::kTimeout));
}

TEST_F(QueryPoolTest, KeepsToTheLimitsOfRowsAndBytes) {
  QueryRequest few;
  few.sql = rows(1'000);
  few.maxRows = 999;
  QueryRequest small;
  small.sql = "SELECT zeroblob(1000000)";
  small.maxBytes = 1'000'000;
  QueryRequest enough;
  enough.sql = rows(1'000);
  enough.maxRows = 1'000;

  EXPECT_EQ(countRows(*submit(few)).error().code, ErrorCode::kLimit);
  EXPECT_EQ(countRows(*submit(small)).error().code, ErrorCode::kLimit);
  EXPECT_EQ(countRows(*submit(enough)).value(), 1'000U);
}

TEST_F(QueryPoolTest, KeepsConnectionsForQueriesHoweverManyStreamsAreOpen) {
  std::vector<std::shared_ptr<QueryRun>> streams;
  for (size_t i = 0; i < QueryPool::kMaxStreams; i++) {
    streams.push_back(submit(stream(rows(1'000'000))));
    ASSERT_TRUE(wait(*streams.back()));
  }

  EXPECT_EQ(wait(*submit(stream(rows(1)))).error().code, ErrorCode::kLimit);
  EXPECT_EQ(countRows(*submit("SELECT 1")).value(), 1U);
  EXPECT_LE(pool_->connections(), QueryPool::kMaxConnections);
  streams.front()->cancel(reason(ErrorCode::kClosed));
  streams.pop_back();
}

TEST_F(QueryPoolTest, ThreadsAndConnectionsEndWhenThereIsNothingToDo) {
  EXPECT_EQ(pool_->threads(), 0U);
  ASSERT_TRUE(countRows(*submit("SELECT 1")));
  EXPECT_GE(pool_->threads(), 1U);

  while (pool_->threads() > 0 || pool_->connections() > 0) {
    clock_.advance(milliseconds(100));
    std::this_thread::yield();
  }

  EXPECT_EQ(countRows(*submit("SELECT 1")).value(), 1U);
}

TEST_F(QueryPoolTest, ClosingEndsEverythingAndLeavesNoLog) {
  std::vector<std::shared_ptr<QueryRun>> runs;
  for (int i = 0; i < 3; i++) runs.push_back(submit(kEndless));
  for (int i = 0; i < 3; i++) runs.push_back(submit(stream(rows(1'000'000))));

  pool_->close();
  runs.push_back(submit("SELECT 1"));

  for (const auto& run : runs) EXPECT_EQ(wait(*run).error().code, ErrorCode::kClosed);
  EXPECT_EQ(pool_->threads(), 0U);
  owner_.reset();
  EXPECT_FALSE(std::filesystem::exists(directory_.path("a.db-wal")));
}

TEST_F(QueryPoolTest, TellsOfTheEndWhatWasReadAndWhetherTheResultIsAnother) {
  ASSERT_TRUE(owner_->exec("INSERT INTO t VALUES (1), (2)"));
  const auto digest = [this](const char* sql) {
    const auto run = submit(sql);
    EXPECT_TRUE(wait(*run, QueryRun::Until::kEnd));
    EXPECT_EQ(run->summary().tables, (std::set<std::string>{"t"})) << sql;
    return run->summary().digest;
  };

  EXPECT_EQ(digest("SELECT a FROM t ORDER BY a"), digest("SELECT a FROM t ORDER BY a"));
  EXPECT_NE(digest("SELECT a FROM t ORDER BY a"), digest("SELECT a FROM t ORDER BY a DESC"));
}

TEST_F(QueryPoolTest, SaysWhyAFileCannotBeOpened) {
  const auto pool = std::make_shared<QueryPool>(
      [] { return QueryConnection::open("/nowhere/a.db", {}); }, clock_);
  const auto run = std::make_shared<QueryRun>(stream("SELECT 1"));
  pool->submit(run);

  EXPECT_EQ(wait(*run).error().code, ErrorCode::kIo);
  EXPECT_EQ(pool->connections(), 0U);
}

}  // namespace
}  // namespace fsdb
