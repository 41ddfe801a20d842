// The database cannot take what the sync has found: nothing is lost, the status says why, and the
// rows follow by themselves as soon as it can.
#include <sys/mount.h>

#include <filesystem>
#include <memory>
#include <string>

#include "database/support/synced_folder.h"
#include "files/own_namespace.h"
#include "sqlite/connection.h"

namespace fsdb {
namespace {

class DatabaseFaultsTest : public testing::Test {
 protected:
  bool waitForState(SyncState state) {
    return folder_.waitUntil([&] { return folder_.status().state == state; });
  }

  SyncedFolder folder_{WatchMode::kAuto};
};

TEST_F(DatabaseFaultsTest, RowsFollowOnceAnotherProgramLetsGoOfTheWriteLock) {
  folder_.openAndWait();
  const auto other = Connection::open(folder_.databasePath).value();
  ASSERT_TRUE(other->exec("BEGIN IMMEDIATE"));
  folder_.write("x.json", R"({"v":1})");

  EXPECT_TRUE(waitForState(SyncState::kDegraded));
  ASSERT_EQ(folder_.status().degraded.size(), 1U);
  EXPECT_NE(folder_.status().degraded.front().find("lock"), std::string::npos)
      << folder_.status().degraded.front();
  ASSERT_TRUE(other->exec("ROLLBACK"));

  folder_.expectDocument("x", R"({"v":1})");
  EXPECT_TRUE(waitForState(SyncState::kWatching));
  EXPECT_TRUE(folder_.status().degraded.empty());
}

TEST_F(DatabaseFaultsTest, RowsFollowOnceTheDiskHasRoomAgain) {
  if (!isInOwnSystem({})) return;
  const std::string small = folder_.outside("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=2m"), 0);
  folder_.databasePath = small + "/db.sqlite";
  folder_.write("good.json", R"({"v":1})");
  folder_.openAndWait();
  const std::string ballast = small + "/ballast";
  SyncedFolder::writeAt(ballast, std::string(4 << 20, 'x'));  // as much of it as there is room
  const std::string large = R"({"v":")" + std::string(100'000, 'y') + "\"}";
  folder_.write("large.json", large);

  EXPECT_TRUE(waitForState(SyncState::kDegraded));
  EXPECT_EQ(folder_.row("good")->document, R"({"v":1})");
  std::filesystem::remove(ballast);

  folder_.expectDocument("large", large);
  EXPECT_TRUE(waitForState(SyncState::kWatching));
  folder_.expectInStep();
  folder_.close();
  ::umount2(small.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace fsdb
