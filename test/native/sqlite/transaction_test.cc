#include "sqlite/transaction.h"

#include <gtest/gtest.h>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

class TransactionTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(connection_->exec("CREATE TABLE t (a)")); }
  int64_t rows() { return connection_->queryInteger("SELECT count(*) FROM t").value(); }

  TempDirectory directory_;
  std::unique_ptr<Connection> connection_ = Connection::open(directory_.path("a.db")).value();
};

TEST_F(TransactionTest, KeepsWhatWasCommitted) {
  auto transaction = Transaction::begin(*connection_).value();
  ASSERT_TRUE(connection_->exec("INSERT INTO t VALUES (1)"));

  ASSERT_TRUE(transaction.commit());

  EXPECT_FALSE(connection_->inTransaction());
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, RollsBackWhatWasNot) {
  {
    auto transaction = Transaction::begin(*connection_).value();
    Transaction moved = std::move(transaction);
    ASSERT_TRUE(connection_->exec("INSERT INTO t VALUES (1)"));
  }

  EXPECT_FALSE(connection_->inTransaction());
  EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionTest, TakesTheWriteLockAtOnce) {
  auto transaction = Transaction::begin(*connection_).value();
  ConnectionOptions options;
  options.busyTimeout = std::chrono::milliseconds(0);
  auto other = Connection::open(directory_.path("a.db"), options).value();

  EXPECT_EQ(Transaction::begin(*other).error().code, ErrorCode::kBusy);
}

TEST_F(TransactionTest, ACommitThatFailsRollsBack) {
  ASSERT_TRUE(
      connection_->exec("CREATE TABLE p (id INTEGER PRIMARY KEY);"
                        "CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)"));
  auto transaction = Transaction::begin(*connection_).value();
  ASSERT_TRUE(connection_->exec("INSERT INTO c VALUES (1)"));

  const auto committed = transaction.commit();

  EXPECT_EQ(committed.error().code, ErrorCode::kConstraint);
  EXPECT_FALSE(connection_->inTransaction());
  EXPECT_EQ(connection_->queryInteger("SELECT count(*) FROM c").value(), 0);
}

}  // namespace
}  // namespace fsdb
