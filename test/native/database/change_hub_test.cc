#include "database/change_hub.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/migration.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using Tables = std::set<std::string>;

class ChangeHubTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*other_));
    ASSERT_TRUE(other_->exec("CREATE TABLE t (a); CREATE TABLE u (a PRIMARY KEY) WITHOUT ROWID"));
    own_ = connect();
    tracker_ = std::make_shared<ChangeTracker>(*own_);
    own_->setLogHook([this](int64_t frames) {
      if (auto commit = tracker_->takeCommit(frames)) hub_->note(std::move(*commit));
    });
    hub_ = std::make_unique<ChangeHub>(
        [this]() -> Result<std::unique_ptr<Connection>> { return connect(); }, clock_);
    hub_->add(tracker_);
  }
  void TearDown() override {
    own_.reset();
    hub_.reset();
  }

  std::unique_ptr<Connection> connect() {
    return Connection::open(directory_.path("a.db")).value();
  }
  int64_t listen() {
    const int64_t number = hub_->subscribe([this](const ChangeNotice& notice) {
                                 MutexLock lock(mutex_);
                                 notices_.push_back(notice);
                                 arrived_.notifyAll();
                               })
                               .value();
    tracker_->begin();
    return number;
  }
  ChangeNotice next() {
    MutexLock lock(mutex_);
    while (notices_.empty()) arrived_.wait(mutex_);
    auto notice = std::move(notices_.front());
    notices_.pop_front();
    return notice;
  }

  TempDirectory directory_;
  SystemClock clock_;
  std::unique_ptr<Connection> other_ = connect();
  std::unique_ptr<Connection> own_;
  std::shared_ptr<ChangeTracker> tracker_;
  std::unique_ptr<ChangeHub> hub_;
  Mutex mutex_;
  ConditionVariable arrived_;
  std::deque<ChangeNotice> notices_ GUARDED_BY(mutex_);
};

TEST_F(ChangeHubTest, NamesTheTablesOfOwnCommits) {
  listen();
  for (const auto& [sql, table] :
       std::vector<std::pair<std::string, std::string>>{{"INSERT INTO t VALUES (1)", "t"},
                                                        {"INSERT INTO u VALUES (1)", "u"},
                                                        {"DELETE FROM t", "t"},
                                                        {"REPLACE INTO u VALUES (1)", "u"}}) {
    ASSERT_TRUE(own_->exec(sql));

    const auto notice = next();

    EXPECT_FALSE(notice.byOthers) << sql;
    EXPECT_EQ(notice.tables, Tables{table}) << sql;
  }
}

TEST_F(ChangeHubTest, ForgetsWhatIsRolledBack) {
  listen();

  ASSERT_TRUE(own_->exec("BEGIN; INSERT INTO u VALUES (1); ROLLBACK; INSERT INTO t VALUES (1)"));

  EXPECT_EQ(next().tables, Tables{"t"});
}

TEST_F(ChangeHubTest, FindsCommitsOfOthersAlsoBetweenOwnOnes) {
  listen();

  ASSERT_TRUE(other_->exec("INSERT INTO t VALUES (1)"));
  EXPECT_TRUE(next().byOthers);

  for (int i = 0; i < 20; i++) {
    ASSERT_TRUE(own_->exec("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(other_->exec("INSERT INTO u VALUES (" + std::to_string(i) + ")"));
    ASSERT_TRUE(own_->exec("INSERT INTO t VALUES (1)"));
    while (!next().byOthers) {
    }
  }
}

TEST_F(ChangeHubTest, DoesNotNameTablesWhenTheSchemaChanges) {
  listen();

  ASSERT_TRUE(own_->exec("CREATE TABLE x (a)"));

  EXPECT_EQ(next().tables, std::nullopt);
}

TEST_F(ChangeHubTest, SlowsNobodyDownWhenNobodyListens) {
  hub_->unsubscribe(listen());
  ASSERT_TRUE(own_->exec("INSERT INTO t VALUES (1)"));

  EXPECT_FALSE(tracker_->takeCommit(0));
  // And it can be listened to again. The thread may still know where the file stood before, and
  // then takes the commit in between for one of others.
  listen();
  ASSERT_TRUE(own_->exec("INSERT INTO t VALUES (1)"));
  const auto notice = next();
  EXPECT_TRUE(notice.byOthers || notice.tables == Tables{"t"});
}

}  // namespace
}  // namespace fsdb
