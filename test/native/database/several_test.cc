// Several handles, several databases, several processes.
#include <fcntl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "database/support/other_process.h"
#include "database/support/storm.h"
#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class SeveralTest : public testing::Test {
 protected:
  // Another handle on the same database file.
  std::unique_ptr<FileSyncDatabase> openAgain(Events& events) {
    auto opened =
        FileSyncDatabase::open(folder_.databasePath, {}, folder_.config, events.listener());
    EXPECT_TRUE(opened.ok()) << (opened ? "" : opened.error().message);
    return std::move(opened).value();
  }
  static void close(FileSyncDatabase& database) {
    database.close();
    database.release();
  }

  SyncedFolder folder_{WatchMode::kAuto};
};

TEST_F(SeveralTest, HandlesOnOneFileShareOneSyncAndAllHearOfIt) {
  folder_.openAndWait();
  Events events;
  auto second = openAgain(events);
  folder_.write("x.json", R"({"v":1})");

  folder_.expectDocument("x", R"({"v":1})");
  EXPECT_TRUE(events.waitUntil([&] { return !events.reports().empty(); }));
  EXPECT_EQ(second->status().leader, folder_.status().leader);
  close(*second);
  folder_.write("x.json", R"({"v":2})");
  folder_.expectDocument("x", R"({"v":2})");
  folder_.expectInStep();
}

TEST_F(SeveralTest, AHandleThatIsClosedFirstLeavesTheOthersFollowing) {
  folder_.openAndWait();
  Events events;
  auto second = openAgain(events);
  folder_.close();
  folder_.write("x.json", R"({"v":1})");

  EXPECT_TRUE(events.waitUntil([&] {
    auto document = second->documents().get("doc", "x");
    return document.ok() && document->has_value();
  }));
  close(*second);
}

TEST_F(SeveralTest, TheNewestOptionsCountAndEverybodyIsTold) {
  folder_.openAndWait();
  folder_.config.sources.front().include = {"**/*.md"};
  Events events;
  auto second = openAgain(events);
  EXPECT_EQ(folder_.events.warnings().size(), 1u);
  folder_.write("x.md", "---\nv: 1\n---\nx");
  folder_.write("y.json", "{}");

  folder_.expectDocument("x", R"({"v":1,"content":"x"})");
  ASSERT_NE(folder_.sync(), nullptr);
  EXPECT_EQ(folder_.rows().size(), 1u);
  close(*second);
}

TEST_F(SeveralTest, DatabasesOnOneFolderAllFollowIt) {
  std::vector<std::unique_ptr<SyncedFolder>> others;
  folder_.openAndWait();
  for (int i = 0; i < 3; i++) {
    others.push_back(std::make_unique<SyncedFolder>(WatchMode::kAuto));
    others.back()->config.sources.front().directory = folder_.root();
    others.back()->openAndWait();
  }
  Storm(folder_.root(), 31).run(2000);

  folder_.expectInStep();
  for (auto& other : others) other->expectInStep();
}

TEST_F(SeveralTest, NestedSourcesEachHaveTheirFiles) {
  SourceConfig inner = folder_.config.sources.front();
  inner.type = "inner";
  inner.directory = folder_.path("sub/inner");
  folder_.config.sources.push_back(inner);
  folder_.write("top.json", R"({"v":0})");
  folder_.write("sub/inner/x.json", R"({"v":0})");
  folder_.openAndWait();
  folder_.write("sub/inner/x.json", R"({"v":1})");
  folder_.write("sub/inner/deep/y.json", R"({"v":1})");
  const auto inInner = [&](const std::string& id) {
    auto document = folder_.database().documents().get("inner", id);
    return document.ok() && *document ? (*document)->document : "";
  };

  folder_.expectInStep();
  EXPECT_TRUE(folder_.waitUntil(
      [&] { return inInner("x") == R"({"v":1})" && inInner("deep/y") == R"({"v":1})"; }));
  folder_.rename("sub", "moved");
  folder_.expectInStep();
  EXPECT_TRUE(folder_.waitUntil([&] { return inInner("x").empty(); }));
  folder_.rename("moved", "sub");
  folder_.expectInStep();
  EXPECT_TRUE(folder_.waitUntil([&] { return inInner("deep/y") == R"({"v":1})"; }));
  folder_.write("sub/inner/deep/y.json", R"({"v":2})");
  EXPECT_TRUE(folder_.waitUntil([&] { return inInner("deep/y") == R"({"v":2})"; }));
  folder_.expectInStep();
}

TEST_F(SeveralTest, OfTwoProcessesOneLeadsAndTheOtherFollows) {
  folder_.write("x.json", "{}");
  OtherProcess other(folder_.databasePath, folder_.root());
  ASSERT_TRUE(other.ready());
  ASSERT_TRUE(other.status().leads);
  folder_.openAndWait();
  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().state == SyncState::kFollowing; }));

  EXPECT_FALSE(folder_.status().leader);
  EXPECT_EQ(folder_.status().leaderPid, other.pid());
  folder_.write("y.json", R"({"v":1})");
  EXPECT_TRUE(other.waitUntil([&] { return folder_.row("y").has_value(); }));
  EXPECT_EQ(folder_.difference(), "");
}

TEST_F(SeveralTest, AFollowerTakesOverWhenTheLeaderIsKilled) {
  OtherProcess other(folder_.databasePath, folder_.root());
  ASSERT_TRUE(other.ready());
  folder_.openAndWait();
  ASSERT_TRUE(folder_.waitUntil([&] { return folder_.status().state == SyncState::kFollowing; }));
  other.stop();
  // What the leader had no time to see is the next one's to find.
  folder_.write("missed.json", R"({"v":1})");
  other.kill();

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().leader; }));
  EXPECT_EQ(folder_.status().leaderPid, ::getpid());
  folder_.expectInStep();
  folder_.write("later.json", R"({"v":1})");
  folder_.expectDocument("later", R"({"v":1})");
  folder_.expectInStep();
}

TEST_F(SeveralTest, AFollowerTakesOverWhenTheLeaderEnds) {
  OtherProcess other(folder_.databasePath, folder_.root());
  ASSERT_TRUE(other.ready());
  folder_.openAndWait();
  EXPECT_TRUE(other.end());
  folder_.write("later.json", R"({"v":1})");

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().leader; }));
  folder_.expectDocument("later", R"({"v":1})");
  folder_.expectInStep();
}

TEST_F(SeveralTest, AFollowersSyncAndItsLeadersStormEndInStep) {
  OtherProcess other(folder_.databasePath, folder_.root());
  ASSERT_TRUE(other.ready());
  folder_.openAndWait();
  std::thread churn([&] { Storm(folder_.root(), 32).run(kIsSanitized ? 500 : 2000); });
  for (int i = 0; i < 20; i++) ASSERT_NE(folder_.sync(), nullptr);
  churn.join();

  EXPECT_TRUE(other.waitUntil([&] { return other.difference().empty(); })) << other.difference();
  EXPECT_TRUE(other.end());
}

TEST_F(SeveralTest, ALeaderWhoseLockFileWasReplacedFollowsWhoeverHoldsTheNewOne) {
  folder_.openAndWait();
  {
    const std::string fresh = folder_.databasePath + "-other";
    const UniqueFd other(::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    ASSERT_EQ(::fcntl(other.get(), F_OFD_SETLK, &lock), 0);
    std::filesystem::rename(fresh, folder_.databasePath + "-lock");

    EXPECT_TRUE(folder_.waitUntil([&] { return !folder_.status().leader; }));
    EXPECT_EQ(folder_.status().state, SyncState::kFollowing);
    folder_.write("x.json", R"({"v":1})");
  }
  // The other one has ended.
  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().leader; }));
  folder_.expectDocument("x", R"({"v":1})");
  folder_.expectInStep();
}

TEST_F(SeveralTest, AKilledLeaderLosesNothingThatItHadWritten) {
  for (int round = 0; round < 5; round++) {
    OtherProcess other(folder_.databasePath, folder_.root());
    ASSERT_TRUE(other.ready());
    Storm(folder_.root(), 40 + static_cast<unsigned>(round)).run(500);
    other.kill();
  }
  folder_.openAndWait();

  folder_.expectInStep();
}

TEST_F(SeveralTest, ASyncSeesWhatAnotherProcessHasJustWritten) {
  folder_.config.debounce = std::chrono::hours(1);
  folder_.config.maxWait = std::chrono::hours(1);
  folder_.openAndWait();
  for (int i = 0; i < 50; i++) {
    const std::string json = "{\"v\":" + std::to_string(1000 + i) + "}";
    const std::string command = "printf '%s' '" + json + "' > '" + folder_.path("x.json") + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: another process is the point
    ASSERT_NE(folder_.sync(), nullptr);
    ASSERT_EQ(folder_.row("x")->document, json);
  }
}

}  // namespace
}  // namespace fsdb
