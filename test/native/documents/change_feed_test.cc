#include "documents/change_feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sqlite/transaction.h"

namespace fsdb {
namespace {

class ChangeFeedTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(connection_->exec(ChangeFeed::kSchema));
    feed_ = std::make_unique<ChangeFeed>(ChangeFeed::create(*connection_).value());
  }

  void add(int count) {
    for (int i = 0; i < count; i++) {
      ASSERT_TRUE(feed_->add({ChangeOp::kUpdate, "persona", "ada", 2, "file", "now"}));
    }
  }
  int64_t number(const char* sql) { return connection_->queryInteger(sql).value(); }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<ChangeFeed> feed_;
};

TEST_F(ChangeFeedTest, KeepsWhatHappenedToWhichDocument) {
  ASSERT_TRUE(feed_->add({ChangeOp::kInsert, "persona", "ada", 1, "file", "t1"}));
  ASSERT_TRUE(feed_->add({ChangeOp::kDelete, "note", "n", 7, "app", "t2"}));

  auto all = connection_
                 ->prepare(
                     "SELECT group_concat(concat_ws('|', seq, op, type, id, version, origin, "
                     "at), ';' ORDER BY seq) FROM changes")
                 .value();
  ASSERT_TRUE(all.step().value());
  EXPECT_EQ(all.text(0), "1|insert|persona|ada|1|file|t1;2|delete|note|n|7|app|t2");
}

TEST_F(ChangeFeedTest, NumbersChangesWithoutAGapAlsoAfterARollback) {
  add(1);
  {
    auto transaction = Transaction::begin(*connection_).value();
    add(5);
  }

  add(1);

  EXPECT_EQ(number("SELECT max(seq) FROM changes"), 2);
}

TEST_F(ChangeFeedTest, SkippedNumbersLeaveAGap) {
  ASSERT_TRUE(feed_->skip(100));
  add(1);
  ASSERT_TRUE(feed_->skip(10));
  add(1);

  EXPECT_EQ(number("SELECT min(seq) FROM changes"), 101);
  EXPECT_EQ(number("SELECT max(seq) FROM changes"), 112);
}

TEST_F(ChangeFeedTest, PrunesToTheNewestNumbersAndNeverUsesOneTwice) {
  auto transaction = Transaction::begin(*connection_).value();
  add(ChangeFeed::kLimit + 3);
  ASSERT_TRUE(feed_->prune());
  ASSERT_TRUE(transaction.commit());
  EXPECT_EQ(number("SELECT count(*) FROM changes"), ChangeFeed::kLimit);
  EXPECT_EQ(number("SELECT min(seq) FROM changes"), 4);

  ASSERT_TRUE(feed_->skip(ChangeFeed::kLimit));
  ASSERT_TRUE(feed_->prune());
  EXPECT_EQ(number("SELECT count(*) FROM changes"), 0);
  add(1);

  EXPECT_EQ(number("SELECT seq FROM changes"), 2 * ChangeFeed::kLimit + 4);
}

TEST_F(ChangeFeedTest, PruningAnEmptyFeedDoesNothing) {
  EXPECT_TRUE(feed_->prune());

  EXPECT_EQ(number("SELECT count(*) FROM changes"), 0);
}

}  // namespace
}  // namespace fsdb
