// What the system refuses, hides or takes away: the rows follow all the same, and the status says
// what is wrong.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "database/support/synced_folder.h"
#include "files/fault_process.h"
#include "files/own_namespace.h"

namespace fsdb {
namespace {

bool says(const std::vector<std::string>& reasons, const std::string& words) {
  return std::any_of(reasons.begin(), reasons.end(),
                     [&](const std::string& reason) { return reason.find(words) != reason.npos; });
}

// Of all inotify instances of this process together.
size_t countWatches() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(entry.path());
    for (std::string line; std::getline(info, line);) count += line.starts_with("inotify wd:");
  }
  return count;
}

size_t countDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST(LimitsTest, DirectoriesBeyondTheLimitOfWatchesArePolledAndItSaysSo) {
  if (!isInOwnSystem({{"/proc/sys/user/max_inotify_watches", "20"}})) return;
  SyncedFolder folder(WatchMode::kAuto);
  for (int i = 0; i < 50; i++) folder.write("d" + std::to_string(i) + "/x.json", R"({"v":0})");
  folder.openAndWait();
  EXPECT_TRUE(says(folder.status().degraded, "fs.inotify.max_user_watches"));
  ASSERT_EQ(folder.events.warnings().size(), 1u);
  EXPECT_EQ(folder.events.warnings()[0].code, ErrorCode::kLimit);
  for (int i = 0; i < 50; i++) {
    folder.write("d" + std::to_string(i) + "/x.json", R"({"v":1})");
    folder.write("d" + std::to_string(i) + "/new.json", R"({"v":1})");
  }

  folder.expectInStep();
  EXPECT_EQ(folder.events.warnings().size(), 1u);
  for (int i = 5; i < 50; i++) folder.remove("d" + std::to_string(i));
  folder.expectInStep();
  EXPECT_TRUE(folder.waitUntil([&] { return folder.status().degraded.empty(); }));
}

TEST(LimitsTest, AFolderIsPolledWhereTheSystemHasNoInotifyToGive) {
  if (!isInOwnSystem({{"/proc/sys/user/max_inotify_instances", "0"}})) return;
  SyncedFolder folder(WatchMode::kAuto);
  folder.openAndWait();
  EXPECT_EQ(folder.status().backend, "poll");
  EXPECT_TRUE(says(folder.status().degraded, "polled"));
  EXPECT_EQ(folder.events.warnings().size(), 1u);
  folder.write("d/x.json", R"({"v":1})");

  folder.expectDocument("d/x", R"({"v":1})");
  folder.expectInStep();
}

TEST(MountsTest, AFileSystemMountedOverADirectoryReplacesItsRowsAndUnmountedBringsThemBack) {
  if (!isInOwnSystem({})) return;
  SyncedFolder folder(WatchMode::kAuto);
  folder.write("sub/under.json", R"({"v":"under"})");
  folder.write("beside.json", "{}");
  folder.openAndWait();
  ASSERT_EQ(::mount("none", folder.path("sub").c_str(), "tmpfs", 0, ""), 0);
  folder.write("sub/over.json", R"({"v":"over"})");
  folder.expectDocument("sub/over", R"({"v":"over"})");
  folder.expectInStep();
  EXPECT_EQ(folder.rows().size(), 2u);
  ASSERT_EQ(::umount(folder.path("sub").c_str()), 0);

  folder.expectDocument("sub/under", R"({"v":"under"})");
  folder.expectInStep();
  folder.write("sub/under.json", R"({"v":"again"})");
  folder.expectDocument("sub/under", R"({"v":"again"})");
}

TEST(MountsTest, AFileSystemMountedOverTheRootReplacesAllRows) {
  if (!isInOwnSystem({})) return;
  SyncedFolder folder(WatchMode::kAuto);
  folder.write("under.json", "{}");
  folder.openAndWait();
  ASSERT_EQ(::mount("none", folder.root().c_str(), "tmpfs", 0, ""), 0);
  folder.write("over.json", R"({"v":1})");

  folder.expectDocument("over", R"({"v":1})");
  folder.expectInStep();
  folder.close();
  ASSERT_EQ(::umount(folder.root().c_str()), 0);
}

// In a process of its own, because permissions do not bind a privileged one.
class PermissionsTest : public testing::Test {
 protected:
  template <typename Body>
  static void runUnprivileged(Body body) {
    if (::getenv("FSDB_TEST_UNPRIVILEGED") == nullptr) {
      const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
      const std::string filter =
          std::string("--gtest_filter=") + test.test_suite_name() + "." + test.name();
      const pid_t child = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
      if (child == 0) {
        ::setenv("FSDB_TEST_UNPRIVILEGED", "1", 1);
        ::execl("/proc/self/exe", "test", filter.c_str(), nullptr);
        ::_exit(1);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
      return;
    }
    ASSERT_TRUE(dropPrivileges());
    body();
  }
  static void setMode(const std::string& path, mode_t mode) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
};

TEST_F(PermissionsTest, AFileThatMayNotBeReadKeepsItsRowAndIsReadOnceItMay) {
  runUnprivileged([] {
    SyncedFolder folder(WatchMode::kAuto);
    folder.write("x.json", R"({"v":1})");
    folder.openAndWait();
    folder.write("x.json.tmp", R"({"v":2})");
    setMode(folder.path("x.json.tmp"), 0);
    folder.rename("x.json.tmp", "x.json");
    ASSERT_TRUE(folder.waitUntil([&] { return folder.errorPaths().contains("x.json"); }));
    EXPECT_EQ(folder.status().errors.at(0).error.code, ErrorCode::kIo);
    EXPECT_TRUE(folder.status().errors.at(0).nextRetryAt);
    EXPECT_EQ(folder.row("x")->document, R"({"v":1})");
    setMode(folder.path("x.json"), 0644);

    folder.expectDocument("x", R"({"v":2})");
    folder.expectInStep();
  });
}

TEST_F(PermissionsTest, ADirectoryThatMayNotBeReadKeepsItsRowsAndIsReadOnceItMay) {
  runUnprivileged([] {
    for (const mode_t mode : {0, 0444, 0111}) {
      SCOPED_TRACE(mode);
      SyncedFolder folder(WatchMode::kAuto);
      folder.write("d/x.json", R"({"v":1})");
      folder.write("d/deep/y.json", R"({"v":1})");
      folder.write("beside.json", R"({"v":1})");
      folder.openAndWait();
      setMode(folder.path("d"), mode);
      ASSERT_TRUE(folder.waitUntil([&] { return !folder.errorPaths().empty(); }));
      EXPECT_EQ(folder.rows().size(), 3u);
      folder.write("beside.json", R"({"v":2})");
      folder.expectDocument("beside", R"({"v":2})");
      setMode(folder.path("d"), 0755);
      folder.write("d/deep/y.json", R"({"v":2})");

      folder.expectDocument("d/deep/y", R"({"v":2})");
      folder.expectInStep();
    }
  });
}

TEST_F(PermissionsTest, AFolderWithoutPermissionAtTheStartIsFollowedOnceThereIsSome) {
  runUnprivileged([] {
    SyncedFolder folder(WatchMode::kAuto);
    folder.write("x.json", R"({"v":1})");
    setMode(folder.root(), 0);
    folder.openAndWait();
    EXPECT_FALSE(folder.status().degraded.empty());
    setMode(folder.root(), 0755);

    EXPECT_TRUE(folder.waitUntil([&] { return folder.row("x").has_value(); }));
    folder.expectInStep();
  });
}

class OwnFilesTest : public testing::TestWithParam<const char*> {
 protected:
  SyncedFolder folder_{WatchMode::kAuto};
};

INSTANTIATE_TEST_SUITE_P(Names, OwnFilesTest, testing::Values("db.sqlite", "data.json"));

TEST_P(OwnFilesTest, ADatabaseInItsOwnFolderIsNoDocumentIsNotOpenedAndCausesNoLoop) {
  folder_.databasePath = folder_.path(GetParam());
  folder_.config.debounce = std::chrono::milliseconds(0);
  folder_.config.sources.front().include = {"**/*"};
  folder_.write("x.json", R"({"v":0})");
  folder_.openAndWait();
  const UniqueFd opened(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(opened.get(), folder_.databasePath.c_str(), IN_OPEN), 0);
  for (int i = 1; i <= 20; i++) {
    folder_.write("x.json", "{\"v\":" + std::to_string(i) + "}");
    folder_.expectDocument("x", "{\"v\":" + std::to_string(i) + "}");
    ASSERT_NE(folder_.sync(true), nullptr);
  }
  const size_t states = folder_.events.states().size();
  for (int i = 0; i < 20; i++) ASSERT_NE(folder_.sync(), nullptr);

  // Each sync goes to syncing and back; hints of the last writes may cause a few looks more.
  EXPECT_LE(folder_.events.states().size() - states, 2u * 20 + 10);
  EXPECT_EQ(folder_.rows().size(), 1u);
  EXPECT_TRUE(folder_.errorPaths().empty());
  std::array<char, 4096> events{};
  EXPECT_LT(::read(opened.get(), events.data(), events.size()), 0) << "the file was opened";
}

class LeaksTest : public BothWatchers {};

FSDB_FOR_BOTH_WATCHERS(LeaksTest);

TEST_P(LeaksTest, DirectoriesThatComeAndGoLeaveNoWatchesAndNoDescriptorsBehind) {
  folder_.openAndWait();
  folder_.expectInStep();
  const size_t watches = countWatches();
  const size_t descriptors = countDescriptors();
  for (int i = 0; i < (kIsSanitized ? 100 : 1000); i++) {
    const std::string name = "d" + std::to_string(i % 7);
    folder_.write(name + "/deep/x.json", std::to_string(i));
    if (i % 3 == 0) {
      folder_.remove(name);
    } else if (i % 3 == 1) {
      std::filesystem::rename(folder_.path(name), folder_.outside("out"));
      std::filesystem::remove_all(folder_.outside("out"));
    } else {
      folder_.rename(name, "renamed");
      folder_.remove("renamed");
    }
    if (i % 50 == 0) folder_.expectInStep();
  }
  folder_.expectInStep();

  EXPECT_TRUE(folder_.waitUntil([&] {
    return folder_.sync() && countWatches() == watches && countDescriptors() == descriptors;
  })) << countWatches()
      << " watches, before: " << watches << "; " << countDescriptors() << " descriptors, before "
      << descriptors;
}

TEST_P(LeaksTest, OpeningAndClosingLeavesNothingBehind) {
  folder_.write("d/x.json", "{}");
  folder_.openAndWait();
  folder_.close();
  const size_t descriptors = countDescriptors();
  for (int i = 0; i < 20; i++) {
    folder_.openAndWait();
    folder_.close();
  }

  EXPECT_EQ(countDescriptors(), descriptors);
  EXPECT_FALSE(std::filesystem::exists(folder_.databasePath + "-wal"));
}

TEST_P(LeaksTest, ClosingAtOnceAnswersWhoeverWaits) {
  for (int i = 0; i < 200; i++) folder_.write(std::to_string(i) + ".json", "{}");
  for (int i = 0; i < 20; i++) {
    folder_.open();
    std::atomic<int> answers{0};
    folder_.database().ready([&](const Result<SharedReport>&) { answers++; });
    folder_.database().sync(std::nullopt, true, [&](const Result<SharedReport>&) { answers++; });
    folder_.close();
    EXPECT_EQ(answers, 2);
  }
}

class RootLinkTest : public BothWatchers {};

FSDB_FOR_BOTH_WATCHERS(RootLinkTest);

TEST_P(RootLinkTest, AFolderThatIsALinkIsFollowedToWhereverItLeads) {
  folder_.config.sources.front().directory = folder_.outside("link");
  SyncedFolder::writeAt(folder_.outside("one/x.json"), R"({"v":1})");
  SyncedFolder::writeAt(folder_.outside("two/x.json"), R"({"v":2})");
  std::filesystem::create_directory_symlink("one", folder_.outside("link"));
  folder_.openAndWait();
  folder_.expectDocument("x", R"({"v":1})");
  std::filesystem::create_directory_symlink("two", folder_.outside("link.new"));
  std::filesystem::rename(folder_.outside("link.new"), folder_.outside("link"));

  folder_.expectDocument("x", R"({"v":2})");
  SyncedFolder::writeAt(folder_.outside("two/x.json"), R"({"v":3})");
  folder_.expectDocument("x", R"({"v":3})");
}

}  // namespace
}  // namespace fsdb
