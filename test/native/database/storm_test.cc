// Many changes at once, from one process or several: at rest, the rows equal the files.
#include "database/support/storm.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "database/support/other_process.h"
#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

constexpr int kOperations = kIsSanitized ? 3000 : 20'000;

class StormTest : public testing::TestWithParam<WatchMode> {
 protected:
  SyncedFolder folder_{GetParam(), Disk::kMemory};
};

FSDB_FOR_BOTH_WATCHERS(StormTest);

TEST_P(StormTest, AStormOfMixedOperationsEndsInStep) {
  for (unsigned seed = 1; seed <= (kIsSanitized ? 2 : 3); seed++) {
    SCOPED_TRACE(seed);
    folder_.openAndWait();
    Storm(folder_.root(), seed).run(kOperations);
    folder_.expectInStep();
    folder_.close();
  }
}

TEST_P(StormTest, AStormFromSeveralThreadsEndsInStep) {
  folder_.openAndWait();
  std::thread other([&] { Storm(folder_.root(), 7).run(kOperations / 2); });
  Storm(folder_.root(), 8).run(kOperations / 2);
  other.join();

  folder_.expectInStep();
}

TEST_P(StormTest, AStartInTheMiddleOfAStormEndsInStep) {
  Storm storm(folder_.root(), 9);
  storm.run(kOperations / 10);
  std::atomic<bool> done{false};
  std::thread churn([&] {
    while (!done) storm.step();
  });
  folder_.openAndWait();
  done = true;
  churn.join();

  folder_.expectInStep();
}

TEST_P(StormTest, AClosingInTheMiddleOfAStormEndsAndTellsNothingAfterwards) {
  std::atomic<bool> done{false};
  std::thread churn([&] {
    Storm storm(folder_.root(), 10);
    while (!done) storm.step();
  });
  for (int i = 0; i < 5; i++) {
    folder_.openAndWait();
    ASSERT_TRUE(folder_.waitUntil([&] { return !folder_.rows().empty(); }));
    folder_.database().sync(std::nullopt, false, [](const Result<SharedReport>&) {});
    folder_.close();
    const size_t told = folder_.events.states().size() + folder_.events.reports().size();
    std::this_thread::yield();
    EXPECT_EQ(folder_.events.states().size() + folder_.events.reports().size(), told);
  }
  done = true;
  churn.join();
  folder_.openAndWait();

  folder_.expectInStep();
}

TEST_P(StormTest, AStormWithTheFolderClosedInBetweenEndsInStep) {
  Storm storm(folder_.root(), 11);
  for (int i = 0; i < 5; i++) {
    folder_.openAndWait();
    storm.run(kOperations / 20);
    folder_.close();
    storm.run(kOperations / 20);
  }
  folder_.openAndWait();

  folder_.expectInStep();
}

// "git" with its own settings and none of the user's.
class GitTest : public StormTest {
 protected:
  int git(const std::string& arguments) {
    const std::string command =
        "cd '" + folder_.root() +
        "' && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git -c user.name=t -c user.email=t@t "
        "-c gc.auto=0 -c advice.detachedHead=false " +
        arguments + " >/dev/null 2>&1";
    return std::system(command.c_str());  // NOLINT: as a user runs it
  }
  void writeFiles(int version, int count) {
    for (int i = 0; i < count; i++) {
      if (i % 10 == version) continue;
      folder_.write("d" + std::to_string(i % 50) + "/" + std::to_string(i) + ".json",
                    "{\"v\":" + std::to_string(i % 3 == 0 ? 0 : version) + "}");
    }
  }
};

FSDB_FOR_BOTH_WATCHERS(GitTest);

TEST_P(GitTest, CheckoutsOfThousandsOfFilesEndInStep) {
  constexpr int kFiles = kIsSanitized ? 1000 : 5000;
  ASSERT_EQ(git("init -q"), 0);
  for (int version = 1; version <= 2; version++) {
    writeFiles(version, kFiles);
    ASSERT_EQ(git("add -A && git -c user.name=t -c user.email=t@t commit -q -m v"), 0);
    ASSERT_EQ(git("tag v" + std::to_string(version)), 0);
  }
  folder_.openAndWait();
  for (const char* tag : {"v1", "v2", "v1", "v2"}) {
    ASSERT_EQ(git(std::string("checkout -q ") + tag), 0);
    folder_.expectInStep();
  }
  EXPECT_GT(folder_.rows().size(), kFiles / 2u);
}

class OverflowTest : public testing::Test {
 protected:
  SyncedFolder folder_{WatchMode::kAuto, Disk::kMemory};
};

TEST_F(OverflowTest, TenThousandFilesChangedWhileNobodyReadsTheQueueAreAllSeen) {
  for (int i = 0; i < 10'000; i++) {
    folder_.write("d" + std::to_string(i % 20) + "/" + std::to_string(i) + ".json", R"({"v":1})");
  }
  OtherProcess other(folder_.databasePath, folder_.root());
  ASSERT_TRUE(other.ready());
  other.stop();
  for (int i = 0; i < 10'000; i++) {
    folder_.write("d" + std::to_string(i % 20) + "/" + std::to_string(i) + ".json", R"({"v":2})");
  }
  other.go();

  EXPECT_TRUE(other.waitUntil([&] { return other.difference().empty(); })) << other.difference();
  EXPECT_GE(other.status().overflows, 1);
  EXPECT_GE(other.status().rescans, 1);
  EXPECT_TRUE(other.end());
}

TEST_F(OverflowTest, AStormThatOverflowsTheQueueEndsInStepAndIsFollowed) {
  for (unsigned seed = 21; seed <= 22; seed++) {
    SCOPED_TRACE(seed);
    Storm storm(folder_.root(), seed);
    storm.run(2000);
    folder_.makeDirectory("steady");
    OtherProcess other(folder_.databasePath, folder_.root());
    ASSERT_TRUE(other.ready());
    other.stop();
    storm.run(5000);
    // Directories that the storm creates are not watched meanwhile: this one fills the queue.
    for (int i = 0; i < 10'000; i++) {
      folder_.write("steady/" + std::to_string(i % 1000) + ".json", std::to_string(i));
    }
    storm.run(5000);
    other.go();
    storm.run(500);

    EXPECT_TRUE(other.waitUntil([&] { return other.difference().empty(); })) << other.difference();
    EXPECT_GE(other.status().overflows, 1);
    storm.run(500);
    EXPECT_TRUE(other.waitUntil([&] { return other.difference().empty(); })) << other.difference();
    EXPECT_TRUE(other.end());
  }
}

}  // namespace
}  // namespace fsdb
