#include "sqlite/writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "sqlite/migration.h"
#include "sqlite/transaction.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

// Keeps the writer's thread in a job, so that what is submitted meanwhile waits together.
class Gate {
 public:
  explicit Gate(Writer& writer) {
    std::promise<void> entered;
    auto hasEntered = entered.get_future();
    writer.submit(
        [&entered, open = opened_](Connection&) {
          entered.set_value();
          open.wait();
          return Result<void>();
        },
        [](const Result<void>&) {}, Durability::kNormal);
    hasEntered.wait();
  }
  void open() { open_.set_value(); }

 private:
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

class WriterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*reader_));
    ASSERT_TRUE(reader_->exec("CREATE TABLE t (a UNIQUE)"));
  }

  std::unique_ptr<Connection> connect(milliseconds busyTimeout = milliseconds(5000)) {
    ConnectionOptions options;
    options.busyTimeout = busyTimeout;
    return Connection::open(directory_.path("a.db"), options).value();
  }
  void start(std::function<bool()> yield = {}) {
    writer_ = std::make_unique<Writer>(connect(), clock_, std::move(yield));
  }

  int64_t rows() { return reader_->queryInteger("SELECT count(*) FROM t").value(); }
  static Writer::Job insert(int value) {
    return [value](Connection& connection) {
      return connection.exec("INSERT INTO t VALUES (" + std::to_string(value) + ")");
    };
  }
  // Remembers how the job ended. Read it after flush().
  Writer::Done note() {
    notes_.push_back(std::make_unique<std::optional<Result<void>>>());
    return [slot = notes_.back().get()](const Result<void>& result) { *slot = result; };
  }
  bool succeeded(size_t index) const { return notes_[index]->value().ok(); }
  ErrorCode failure(size_t index) const { return notes_[index]->value().error().code; }

  TempDirectory directory_;
  FakeClock clock_;
  std::vector<std::unique_ptr<std::optional<Result<void>>>> notes_;
  std::unique_ptr<Connection> reader_ = connect();
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, AJobThatIsDoneCanBeSeenByOthers) {
  start();
  std::promise<int64_t> seen;

  writer_->submit(insert(1), [&](const Result<void>& result) {
    EXPECT_TRUE(result);
    seen.set_value(rows());
  });

  EXPECT_EQ(seen.get_future().get(), 1);
}

TEST_F(WriterTest, RunReturnsTheResultOfTheJob) {
  start();

  EXPECT_TRUE(writer_->run(insert(1)));
  EXPECT_EQ(writer_->run(insert(1)).error().message, "UNIQUE constraint failed: t.a");
}

TEST_F(WriterTest, JobsThatWaitTogetherCommitTogether) {
  start();
  Gate gate(*writer_);
  std::vector<int64_t> seenByJob;
  std::vector<int64_t> seenWhenDone;
  for (int i = 0; i < 3; i++) {
    writer_->submit(
        [&, i](Connection& connection) {
          seenByJob.push_back(rows());
          return insert(i)(connection);
        },
        [&](const Result<void>&) { seenWhenDone.push_back(rows()); }, Durability::kNormal);
  }

  gate.open();
  writer_->flush();

  EXPECT_EQ(seenByJob, (std::vector<int64_t>{0, 0, 0}));
  EXPECT_EQ(seenWhenDone, (std::vector<int64_t>{3, 3, 3}));
}

TEST_F(WriterTest, ATransactionEndsWhenItsSliceHasPassed) {
  start();
  Gate gate(*writer_);
  std::vector<int64_t> seenByJob;
  for (int i = 0; i < 4; i++) {
    writer_->submit(
        [&, i](Connection& connection) {
          seenByJob.push_back(rows());
          clock_.advance(Writer::kSlice / 2);
          return insert(i)(connection);
        },
        note());
  }

  gate.open();
  writer_->flush();

  EXPECT_EQ(seenByJob, (std::vector<int64_t>{0, 0, 2, 2}));
}

TEST_F(WriterTest, AFailedJobIsRolledBackAlone) {
  start();
  Gate gate(*writer_);
  writer_->submit(insert(1), note());
  writer_->submit(
      [](Connection& connection) -> Result<void> {
        FSDB_TRY(connection.exec("INSERT INTO t VALUES (2)"));
        return connection.exec("INSERT INTO t VALUES (1)");
      },
      note());
  writer_->submit(insert(3), note());

  gate.open();
  writer_->flush();

  EXPECT_TRUE(succeeded(0));
  EXPECT_EQ(failure(1), ErrorCode::kConstraint);
  EXPECT_TRUE(succeeded(2));
  EXPECT_EQ(reader_->queryInteger("SELECT sum(a) FROM t").value(), 4);
}

TEST_F(WriterTest, AnExceptionFailsItsJobOnly) {
  start();
  Gate gate(*writer_);
  writer_->submit(
      [](Connection& connection) -> Result<void> {
        FSDB_TRY(connection.exec("INSERT INTO t VALUES (1)"));
        throw std::bad_alloc();
      },
      note());
  writer_->submit([](Connection&) -> Result<void> { throw 7; }, note());
  writer_->submit(insert(2), note());

  gate.open();
  writer_->flush();

  EXPECT_EQ(failure(0), ErrorCode::kInternal);
  EXPECT_EQ(failure(1), ErrorCode::kInternal);
  EXPECT_TRUE(succeeded(2));
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterTest, ACommitThatFailsFailsAllOfItsJobs) {
  ASSERT_TRUE(
      reader_->exec("CREATE TABLE p (id INTEGER PRIMARY KEY);"
                    "CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)"));
  start();
  Gate gate(*writer_);
  writer_->submit(insert(1), note(), Durability::kNormal);
  writer_->submit([](Connection& c) { return c.exec("INSERT INTO c VALUES (1)"); }, note(),
                  Durability::kNormal);

  gate.open();
  writer_->flush();

  EXPECT_EQ(failure(0), ErrorCode::kConstraint);
  EXPECT_EQ(failure(1), ErrorCode::kConstraint);
  EXPECT_EQ(rows(), 0);
  EXPECT_TRUE(writer_->run(insert(1)));
}

TEST_F(WriterTest, AnErrorThatEndsTheTransactionFailsTheJobsBeforeItAndNotTheOnesAfter) {
  start();
  Gate gate(*writer_);
  writer_->submit(insert(1), note(), Durability::kNormal);
  writer_->submit(
      [](Connection& connection) {
        return connection.exec("INSERT OR ROLLBACK INTO t VALUES (1)");
      },
      note(), Durability::kNormal);
  writer_->submit(insert(2), note(), Durability::kNormal);

  gate.open();
  writer_->flush();

  EXPECT_EQ(failure(0), ErrorCode::kConstraint);
  EXPECT_EQ(failure(1), ErrorCode::kConstraint);
  EXPECT_TRUE(succeeded(2));
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterTest, JobsThatCanBeDoneAgainShareTheFateOfTheirGroup) {
  start();
  Gate gate(*writer_);
  writer_->submit(insert(1), note(), Durability::kNormal);
  writer_->submit([](Connection& c) { return c.exec("no SQL"); }, note(), Durability::kNormal);

  gate.open();
  writer_->flush();

  EXPECT_EQ(failure(0), ErrorCode::kSql);
  EXPECT_EQ(failure(1), ErrorCode::kSql);
  EXPECT_EQ(rows(), 0);
  EXPECT_TRUE(writer_->run(insert(1), Durability::kNormal));
}

TEST_F(WriterTest, AJobThatEndsTheTransactionIsTold) {
  start();

  EXPECT_EQ(writer_->run([](Connection& c) { return c.exec("COMMIT"); }).error().message,
            "write: a statement ended the transaction that it was part of");
  EXPECT_EQ(writer_->run([](Connection& c) { return c.exec("ROLLBACK; BEGIN"); }).error().code,
            ErrorCode::kSql);
  EXPECT_TRUE(writer_->run(insert(1)));
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterTest, AFullFileFailsTheWriteAndLaterWritesGoOnWhenThereIsRoom) {
  start();
  const auto setLimit = [this](const char* pages) {
    return writer_->run(
        [pages](Connection& c) { return c.exec(std::string("PRAGMA max_page_count=") + pages); });
  };
  ASSERT_TRUE(setLimit("4"));
  const auto large = [](Connection& c) { return c.exec("INSERT INTO t VALUES (zeroblob(99999))"); };

  EXPECT_EQ(writer_->run(large).error().code, ErrorCode::kFull);
  EXPECT_EQ(rows(), 0);

  ASSERT_TRUE(setLimit("4294967294"));
  EXPECT_TRUE(writer_->run(large));
}

TEST_F(WriterTest, AReadonlyDatabaseFailsEveryWrite) {
  ConnectionOptions options;
  options.readonly = true;
  Writer writer(Connection::open(directory_.path("a.db"), options).value(), clock_);

  EXPECT_EQ(writer.run(insert(1)).error().code, ErrorCode::kReadonly);
}

TEST_F(WriterTest, ALockThatStaysFailsTheJobsThatHaveWaitedForIt) {
  auto other = Transaction::begin(*reader_).value();
  std::promise<void> waiting;
  std::atomic<bool> giveUp = false;
  auto connection = connect();
  connection->setBusyHandler([&, told = false](std::chrono::microseconds) mutable {
    if (!told) waiting.set_value();
    told = true;
    return std::chrono::microseconds(giveUp ? 0 : 100);
  });
  writer_ = std::make_unique<Writer>(std::move(connection), clock_);
  writer_->submit(insert(1), note());
  waiting.get_future().wait();
  giveUp = true;
  writer_->flush();
  EXPECT_EQ(failure(0), ErrorCode::kBusy);

  ASSERT_TRUE(other.commit());

  EXPECT_TRUE(writer_->run(insert(2)));
  EXPECT_EQ(rows(), 1);
}

// What `PRAGMA synchronous` says inside a job: 1 is NORMAL, 2 is FULL.
class WriterDurabilityTest : public WriterTest {
 protected:
  void submit(Durability durability) {
    writer_->submit(
        [this](Connection& connection) {
          levels_.push_back(connection.queryInteger("PRAGMA synchronous").value());
          return insert(static_cast<int>(levels_.size()))(connection);
        },
        note(), durability);
  }

  std::vector<int64_t> levels_;
};

TEST_F(WriterDurabilityTest, EachTransactionIsAsDurableAsItsMostDemandingJob) {
  start();
  Gate gate(*writer_);  // kNormal
  submit(Durability::kNormal);
  submit(Durability::kFull);
  submit(Durability::kNormal);

  gate.open();
  writer_->flush();
  submit(Durability::kNormal);
  writer_->flush();

  EXPECT_EQ(levels_, (std::vector<int64_t>{1, 2, 2, 1}));
  EXPECT_EQ(rows(), 4);
}

TEST_F(WriterTest, StandsBackWhileSomebodyElseWantsTheLock) {
  std::atomic<int> asked = 0;
  start([&] { return ++asked < 3; });

  EXPECT_TRUE(writer_->run(insert(1)));

  EXPECT_EQ(asked, 3);
}

TEST_F(WriterTest, StandsBackForASliceAtMost) {
  start([&] {
    clock_.advance(Writer::kSlice / 4);
    return true;
  });

  EXPECT_TRUE(writer_->run(insert(1)));
}

TEST_F(WriterTest, FlushWaitsForEverythingSubmittedBefore) {
  start();
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; i++) {
    writer_->submit(
        insert(i), [&](const Result<void>&) { done++; }, Durability::kNormal);
  }

  writer_->flush();

  EXPECT_EQ(done, 100);
}

TEST_F(WriterTest, AJobMaySubmitAnother) {
  start();
  std::promise<bool> inner;

  writer_->submit(
      [&](Connection& connection) {
        writer_->submit(insert(2), [&](const Result<void>& r) { inner.set_value(r.ok()); });
        return insert(1)(connection);
      },
      {});

  EXPECT_TRUE(inner.get_future().get());
  EXPECT_EQ(rows(), 2);
}

TEST_F(WriterTest, CloseRunsWhatIsQueuedAndRefusesTheRest) {
  start();
  {
    Gate gate(*writer_);
    for (int i = 0; i < 3; i++) writer_->submit(insert(i), note());
    gate.open();
  }

  writer_->close();
  writer_->close();

  for (size_t i = 0; i < 3; i++) EXPECT_TRUE(succeeded(i));
  EXPECT_EQ(rows(), 3);
  EXPECT_EQ(writer_->run(insert(9)).error().code, ErrorCode::kClosed);
  EXPECT_EQ(rows(), 3);
}

TEST_F(WriterTest, CloseClosesTheConnection) {
  start();
  ASSERT_TRUE(writer_->run(insert(1)));
  reader_.reset();

  writer_->close();

  EXPECT_FALSE(std::filesystem::exists(directory_.path("a.db-wal")));
}

TEST_F(WriterTest, ManyThreadsMaySubmitFlushAndCloseAtOnce) {
  start();
  std::atomic<int> written = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 4; t++) {
      threads.emplace_back("submit", [&, t] {
        for (int i = 0; i < 50; i++) {
          const auto done = [&](const Result<void>& result) { (result ? written : refused)++; };
          writer_->submit(insert(t * 1000 + i), done, static_cast<Durability>(i % 2));
          if (i % 10 == 0) writer_->flush();
          if (t == 0 && i == 25) writer_->close();
        }
      });
    }
  }
  writer_->close();

  EXPECT_EQ(written + refused, 200);
  EXPECT_GT(written, 0);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(rows(), written);
}

}  // namespace
}  // namespace fsdb
