#include "sync/leader_lock.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

class LeaderLockTest : public testing::Test {
 protected:
  std::unique_ptr<LeaderLock> makeLock() const {
    return std::make_unique<LeaderLock>(folder_.path("db"));
  }
  static bool leads(LeaderLock& lock) {
    auto acquired = lock.tryAcquire();
    EXPECT_TRUE(acquired.ok()) << (acquired ? "" : acquired.error().message);
    return acquired.ok() && *acquired;
  }

  TempDirectory folder_;
};

TEST_F(LeaderLockTest, OneOfSeveralLeadsUntilItEnds) {
  auto first = makeLock();
  auto second = makeLock();

  EXPECT_TRUE(leads(*first));
  EXPECT_TRUE(leads(*first));
  EXPECT_FALSE(leads(*second));
  first.reset();
  EXPECT_TRUE(leads(*second));
}

TEST_F(LeaderLockTest, TellsWhoLeads) {
  auto first = makeLock();
  auto second = makeLock();
  EXPECT_FALSE(second->leaderPid());
  ASSERT_TRUE(leads(*first));
  ASSERT_FALSE(leads(*second));

  EXPECT_EQ(second->leaderPid(), ::getpid());
}

TEST_F(LeaderLockTest, ALongerNumberOfAnEarlierLeaderLeavesNothingBehind) {
  folder_.write("db-lock", "99999999999999\n99");
  auto lock = makeLock();
  ASSERT_TRUE(leads(*lock));

  EXPECT_EQ(folder_.read("db-lock"), std::to_string(::getpid()) + "\n");
}

TEST_F(LeaderLockTest, TheFileStaysAndIsForItsOwnerOnly) {
  auto lock = makeLock();
  ASSERT_TRUE(leads(*lock));
  lock.reset();

  struct stat about {};
  ASSERT_EQ(::stat(folder_.path("db-lock").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST_F(LeaderLockTest, ALockOnAFileThatWasReplacedIsNone) {
  auto first = makeLock();
  ASSERT_TRUE(leads(*first));
  std::filesystem::remove(folder_.path("db-lock"));
  auto second = makeLock();
  EXPECT_TRUE(leads(*second));

  EXPECT_FALSE(leads(*first));
}

TEST_F(LeaderLockTest, ALinkInPlaceOfTheFileIsRefused) {
  folder_.write("victim", "precious");
  std::filesystem::create_symlink("victim", folder_.path("db-lock"));

  EXPECT_FALSE(makeLock()->tryAcquire().ok());
  EXPECT_EQ(folder_.read("victim"), "precious");
}

TEST_F(LeaderLockTest, ADirectoryThatIsMissingIsAnError) {
  LeaderLock lock(folder_.path("no/db"));

  const auto acquired = lock.tryAcquire();
  ASSERT_FALSE(acquired.ok());
  EXPECT_EQ(acquired.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace fsdb
