#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "sqlite/migration.h"
#include "sqlite/writer.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

class WriterBulkTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*reader_));
    ASSERT_TRUE(reader_->exec("CREATE TABLE t (a)"));
  }

  // Submits a row; the future is ready once the job has run, which is before it is committed.
  std::future<void> insert() {
    auto ran = std::make_shared<std::promise<void>>();
    auto future = ran->get_future();
    writer_.submit(
        [ran](Connection& connection) {
          auto inserted = connection.exec("INSERT INTO t VALUES (1)");
          ran->set_value();
          return inserted;
        },
        [](const Result<void>&) {}, Durability::kNormal);
    return future;
  }
  int64_t rows() { return reader_->queryInteger("SELECT count(*) FROM t").value(); }

  TempDirectory directory_;
  FakeClock clock_;
  std::atomic<bool> awaited_{false};
  std::unique_ptr<Connection> reader_ = Connection::open(directory_.path("a.db")).value();
  Writer writer_{Connection::open(directory_.path("a.db")).value(), clock_,
                 [this] { return awaited_.load(); }};
};

TEST_F(WriterBulkTest, KeepsItsTransactionOpenForTheNextJob) {
  writer_.setBulk(true);

  insert().wait();
  insert().wait();

  EXPECT_EQ(rows(), 0);
}

TEST_F(WriterBulkTest, CommitsWhenTheBulkLoadEnds) {
  writer_.setBulk(true);
  insert().wait();

  writer_.setBulk(false);
  writer_.flush();

  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterBulkTest, CommitsAfterItsLongerSlice) {
  writer_.setBulk(true);
  insert().wait();

  clock_.advance(Writer::kBulkSlice);
  writer_.flush();

  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterBulkTest, CommitsAfterAnOrdinarySliceWhenSomebodyWaitsForTheLock) {
  writer_.setBulk(true);
  insert().wait();
  awaited_ = true;

  clock_.advance(Writer::kSlice);
  writer_.flush();

  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterBulkTest, EndsAtCloseWithoutWaitingForMoreJobs) {
  writer_.setBulk(true);
  insert().wait();

  writer_.close();

  EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace fsdb
