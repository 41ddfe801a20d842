// What single jobs may ask of the writer: see JobOptions.
#include <gtest/gtest.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/migration.h"
#include "sqlite/transaction.h"
#include "sqlite/writer.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace {

std::atomic<int> logSyncs = 0;

}  // namespace

// Takes the place of the C library's in this program, to see which files are synced.
extern "C" int fdatasync(int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (std::string_view(path.data(), static_cast<size_t>(std::max<ssize_t>(length, 0)))
          .ends_with("-wal")) {
    logSyncs++;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace fsdb {
namespace {

using std::chrono::milliseconds;

class WriterOptionsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*other_));
    ASSERT_TRUE(other_->exec("CREATE TABLE t (a UNIQUE)"));
    writer_ = std::make_unique<Writer>(Connection::open(directory_.path("a.db")).value(), clock_);
  }

  static Writer::Job run(const char* sql) {
    return [sql](Connection& connection) { return connection.exec(sql); };
  }

  // Submits a job that keeps the writer busy until the promise is kept.
  std::promise<void> hold() {
    std::promise<void> open;
    std::promise<void> entered;
    writer_->submit(
        [&entered, opened = open.get_future().share()](Connection&) {
          entered.set_value();
          opened.wait();
          return Result<void>();
        },
        {});
    entered.get_future().wait();
    return open;
  }

  using Outcome = std::future<Result<void>>;
  Outcome submit(const char* sql, const JobOptions& options) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    auto outcome = promise->get_future();
    writer_->submit(
        run(sql), [promise](const Result<void>& result) { promise->set_value(result); }, options);
    return outcome;
  }

  int64_t rows() { return other_->queryInteger("SELECT count(*) FROM t").value(); }

  TempDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<Connection> other_ = Connection::open(directory_.path("a.db")).value();
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterOptionsTest, AnIsolatedJobFailsAloneWhateverItsDurability) {
  JobOptions normal;
  normal.durability = Durability::kNormal;
  auto gate = hold();
  auto first = submit("INSERT INTO t VALUES (1)", normal);
  auto second = submit("INSERT INTO t VALUES (2), (1)", normal);
  auto third = submit("INSERT INTO t VALUES (3)", normal);

  gate.set_value();

  EXPECT_TRUE(first.get());
  EXPECT_EQ(second.get().error().code, ErrorCode::kConstraint);
  EXPECT_TRUE(third.get());
  EXPECT_EQ(rows(), 2);
}

TEST_F(WriterOptionsTest, AnIsolatedJobSharesNoFateWithAGroupThatIsNot) {
  JobOptions normal;
  normal.durability = Durability::kNormal;
  JobOptions shared = normal;
  shared.isolated = false;
  auto gate = hold();
  auto failing = submit("INSERT INTO t VALUES (1), (1)", shared);
  auto isolated = submit("INSERT INTO t VALUES (2)", normal);

  gate.set_value();

  EXPECT_FALSE(failing.get());
  EXPECT_TRUE(isolated.get());
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterOptionsTest, RepeatableJobsRunAgainWhenAnotherRollsAllBack) {
  JobOptions repeatable;
  repeatable.repeatable = true;
  auto gate = hold();
  auto first = submit("INSERT INTO t VALUES (1)", repeatable);
  auto fatal = submit("INSERT OR ROLLBACK INTO t VALUES (2), (1)", repeatable);
  auto last = submit("INSERT INTO t VALUES (3)", repeatable);

  gate.set_value();

  EXPECT_EQ(fatal.get().error().code, ErrorCode::kConstraint);
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(last.get());
  EXPECT_EQ(rows(), 2);
}

TEST_F(WriterOptionsTest, AJobGivesUpAfterItsOwnBusyTimeoutAndTheOthersWaitOn) {
  auto lock = std::make_optional(Transaction::begin(*other_).value());
  JobOptions hasty;
  hasty.busyTimeout = milliseconds(100);
  JobOptions patient;
  patient.busyTimeout = milliseconds(60'000);
  auto first = submit("INSERT INTO t VALUES (1)", hasty);
  auto second = submit("INSERT INTO t VALUES (2)", patient);

  while (first.wait_for(milliseconds(1)) != std::future_status::ready) {
    clock_.advance(milliseconds(10));
  }
  EXPECT_EQ(first.get().error().code, ErrorCode::kBusy);
  EXPECT_EQ(second.wait_for(milliseconds(0)), std::future_status::timeout);
  lock.reset();

  EXPECT_TRUE(second.get());
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterOptionsTest, AJobOutsideRunsBetweenTransactions) {
  JobOptions outside;
  outside.outside = true;
  auto gate = hold();
  std::promise<bool> inTransaction;
  auto before = submit("INSERT INTO t VALUES (1)", {});
  writer_->submit(
      [&](Connection& connection) {
        inTransaction.set_value(connection.inTransaction());
        return Result<void>();
      },
      {}, outside);
  auto after = submit("INSERT INTO t VALUES (2)", {});

  gate.set_value();

  EXPECT_FALSE(inTransaction.get_future().get());
  EXPECT_TRUE(before.get());
  EXPECT_TRUE(after.get());
}

TEST_F(WriterOptionsTest, OnlyFullJobsWaitForTheDiskAndSyncLogDoesForAll) {
  JobOptions normal;
  normal.durability = Durability::kNormal;
  ASSERT_TRUE(submit("INSERT INTO t VALUES (1)", {}).get());

  logSyncs = 0;
  ASSERT_TRUE(submit("INSERT INTO t VALUES (2)", normal).get());
  EXPECT_EQ(logSyncs, 0);

  JobOptions outside;
  outside.outside = true;
  std::promise<Result<void>> synced;
  writer_->submit([](Connection& connection) { return connection.syncLog(); },
                  [&](const Result<void>& result) { synced.set_value(result); }, outside);
  EXPECT_TRUE(synced.get_future().get());
  EXPECT_EQ(logSyncs, 1);

  ASSERT_TRUE(submit("INSERT INTO t VALUES (3)", {}).get());
  EXPECT_EQ(logSyncs, 2);
}

TEST_F(WriterOptionsTest, ProgramsMayNotEndTheTransaction) {
  std::promise<Result<void>> outcome;
  writer_->submit(
      [&](Connection&) -> Result<void> {
        auto results = writer_->runForProgram({{"INSERT INTO t VALUES (1)", {}}, {"COMMIT", {}}});
        if (!results) return std::move(results).error();
        return {};
      },
      [&](const Result<void>& result) { outcome.set_value(result); });

  EXPECT_EQ(sqliteCodeName(outcome.get_future().get().error().sqliteCode), "SQLITE_AUTH");
  EXPECT_EQ(rows(), 0);
}

TEST_F(WriterOptionsTest, LeavesNoLogWhenProgramsStatementsAreStillPrepared) {
  std::promise<Result<void>> outcome;
  writer_->submit(
      [&](Connection&) -> Result<void> {
        auto results = writer_->runForProgram({{"INSERT INTO t VALUES (1)", {}}});
        if (!results) return std::move(results).error();
        return {};
      },
      [&](const Result<void>& result) { outcome.set_value(result); });
  ASSERT_TRUE(outcome.get_future().get());
  other_.reset();

  writer_->close();

  EXPECT_FALSE(std::filesystem::exists(directory_.path("a.db-wal")));
}

}  // namespace
}  // namespace fsdb
