#include "database/writes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "database/database.h"
#include "sqlite/transaction.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using Results = Result<Writes::Results>;

class WritesTest : public testing::Test {
 protected:
  std::unique_ptr<Database> open(const DatabaseOptions& options = {}) {
    return Database::open(directory_.path("a.db"), options).value();
  }
  void SetUp() override {
    database_ = open();
    ASSERT_TRUE(database_->connection().exec("CREATE TABLE t (a UNIQUE)"));
  }
  static std::vector<WriteStatement> insert(int value) {
    return {{"INSERT INTO t VALUES (" + std::to_string(value) + ")", {}}};
  }
  static std::pair<std::shared_ptr<Call>, std::future<Results>> write(
      Database& database, std::vector<WriteStatement> statements) {
    auto promise = std::make_shared<std::promise<Results>>();
    auto future = promise->get_future();
    auto call = database.writes()->write(
        std::move(statements), [promise](const Results& results) { promise->set_value(results); });
    return {std::move(call), std::move(future)};
  }
  int64_t rows() { return database_->connection().queryInteger("SELECT count(*) FROM t").value(); }

  TempDirectory directory_;
  std::unique_ptr<Database> database_;
};

TEST_F(WritesTest, CanBeReadByTheHandleOnceTheyAreAnswered) {
  auto [call, results] = write(*database_, insert(1));

  EXPECT_EQ(results.get().value().at(0).changes, 1);
  EXPECT_EQ(rows(), 1);
}

TEST_F(WritesTest, LeaveNothingOfACallThatFails) {
  auto [call, results] =
      write(*database_, {{"INSERT INTO t VALUES (1)", {}}, {"INSERT INTO t VALUES (1)", {}}});

  EXPECT_EQ(results.get().error().message, "UNIQUE constraint failed: t.a");
  EXPECT_EQ(rows(), 0);
}

TEST_F(WritesTest, AreNotMadeOnceTheyWereCalledOff) {
  Error reason;
  reason.code = ErrorCode::kTimeout;
  reason.message = "enough";
  auto lock = std::make_optional(Transaction::begin(database_->connection()).value());
  auto [first, firstResults] = write(*database_, insert(1));
  auto [second, secondResults] = write(*database_, insert(2));

  second->cancel(reason);
  EXPECT_EQ(secondResults.get().error().message, "enough");
  lock.reset();

  EXPECT_TRUE(firstResults.get());
  first->cancel(reason);
  database_->writes()->waitUntilDone(Database::kCloseTimeout);
  EXPECT_EQ(rows(), 1);
}

TEST_F(WritesTest, ThatAreUnderWayAreDrainedByTheHandleThatMadeThem) {
  const auto other = open();
  std::vector<std::future<Results>> outcomes;
  {
    const auto closing = open();
    for (int i = 0; i < 50; i++) outcomes.push_back(write(*closing, insert(i)).second);
    closing->close();
    closing->release();
  }

  for (auto& outcome : outcomes) {
    ASSERT_EQ(outcome.wait_for(milliseconds(0)), std::future_status::ready);
    EXPECT_TRUE(outcome.get());
  }
  EXPECT_EQ(rows(), 50);
}

TEST_F(WritesTest, GiveUpAfterTheHandlesBusyTimeout) {
  DatabaseOptions hasty;
  hasty.busyTimeout = milliseconds(20);
  const auto other = open(hasty);
  const auto lock = Transaction::begin(database_->connection()).value();

  auto [call, results] = write(*other, insert(1));

  EXPECT_EQ(results.get().error().code, ErrorCode::kBusy);
}

TEST_F(WritesTest, AreRefusedToReaders) {
  DatabaseOptions readonly;
  readonly.readonly = true;
  const auto reader = open(readonly);

  auto [call, results] = write(*reader, insert(1));

  EXPECT_EQ(results.get().error().code, ErrorCode::kReadonly);
}

TEST_F(WritesTest, InMemoryRunOnTheConnectionItself) {
  const auto memory = Database::open(":memory:", {}).value();
  ASSERT_TRUE(memory->connection().exec("CREATE TABLE t (a)"));

  EXPECT_EQ(memory->writes(), nullptr);
  EXPECT_TRUE(memory->writeHere(insert(1)));
  EXPECT_EQ(memory->writeHere({{"COMMIT", {}}}).error().code, ErrorCode::kSql);
  EXPECT_FALSE(memory->connection().inTransaction());
  ASSERT_TRUE(memory->connection().exec("BEGIN"));
  EXPECT_EQ(memory->writeHere(insert(2)).error().code, ErrorCode::kBusy);
  EXPECT_EQ(memory->connection().queryInteger("SELECT count(*) FROM t").value(), 1);
}

TEST_F(WritesTest, DurabilityIsThatOfTheHandle) {
  DatabaseOptions normal;
  normal.durability = Durability::kNormal;
  const auto other = open(normal);

  EXPECT_EQ(database_->connection().queryInteger("PRAGMA synchronous").value(), 2);
  EXPECT_EQ(other->connection().queryInteger("PRAGMA synchronous").value(), 1);
}

}  // namespace
}  // namespace fsdb
