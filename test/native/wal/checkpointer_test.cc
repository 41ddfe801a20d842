#include "wal/checkpointer.h"

#include <gtest/gtest.h>

#include <string>

#include "sqlite/migration.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

class CheckpointerTest : public testing::Test {
 protected:
  static constexpr int64_t kPassive = 20;
  static constexpr int64_t kMost = 200;

  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*connection_));
    ASSERT_TRUE(connection_->exec("CREATE TABLE t (a)"));
    connection_->setLogHook([this](int64_t frames) {
      frames_ = frames;
      if (checkpointer_) checkpointer_->noteLog(frames);
    });
  }
  void start() {
    const CheckpointLimits limits{kPassive, kMost, std::chrono::minutes(1)};
    checkpointer_ =
        std::make_unique<Checkpointer>(Connection::open(path()).value(), clock_, limits);
  }
  void commit() { ASSERT_TRUE(connection_->exec("INSERT INTO t VALUES (zeroblob(20000))")); }
  std::string path() const { return directory_.path("a.db"); }

  TempDirectory directory_;
  SystemClock clock_;
  std::unique_ptr<Connection> connection_ = Connection::open(path()).value();
  std::unique_ptr<Checkpointer> checkpointer_;
  int64_t frames_ = 0;
};

TEST_F(CheckpointerTest, KeepsTheLogSmallHoweverFastCommitsCome) {
  start();

  int64_t most = 0;
  for (int i = 0; i < 500; i++) {
    commit();
    most = std::max(most, frames_);
  }

  EXPECT_LT(most, 2 * kMost);
}

TEST_F(CheckpointerTest, LetsTheLogGrowWhileAReaderIsInTheWayAndWaitsForNobody) {
  const auto reader = Connection::open(path()).value();
  ASSERT_TRUE(reader->exec("BEGIN"));
  ASSERT_TRUE(reader->queryInteger("SELECT count(*) FROM t"));
  start();
  while (frames_ < 2 * kMost) commit();
  const int64_t grown = frames_;

  EXPECT_EQ(reader->queryInteger("SELECT count(*) FROM t").value(), 0);
  ASSERT_TRUE(reader->exec("COMMIT"));
  while (frames_ >= grown) commit();

  EXPECT_LT(frames_, kMost);
}

TEST_F(CheckpointerTest, LeavesASmallLogAlone) {
  start();
  commit();
  checkpointer_->close();

  const int64_t before = frames_;
  commit();

  EXPECT_GT(frames_, before);
}

TEST_F(CheckpointerTest, HoldsNoCommitBackOnceItIsClosed) {
  start();
  checkpointer_->close();
  checkpointer_->close();

  while (frames_ < 2 * kMost) commit();

  EXPECT_GT(connection_->queryInteger("SELECT count(*) FROM t").value(), 0);
}

}  // namespace
}  // namespace fsdb
