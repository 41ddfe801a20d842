#include "files/scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "files/directory_scan.h"
#include "files/fault_process.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Knows what was watched, and whether the directory had been listed by then: the test's own file
// appears in it when it is watched.
class RecordingWatcher final : public Watcher {
 public:
  void watch(size_t source, int directoryFd, const std::string& path) override EXCLUDES(mutex_) {
    const UniqueFd created(::openat(directoryFd, fileToCreate.c_str(), O_WRONLY | O_CREAT, 0600));
    MutexLock lock(mutex_);
    watched_.insert(std::to_string(source) + ":" + path);
  }
  void watchFile(size_t source, int fileFd, const std::string& path) override EXCLUDES(mutex_) {
    // What is changed now is still to be seen by the scan.
    const std::string name = "/proc/self/fd/" + std::to_string(fileFd);
    EXPECT_EQ(::truncate(name.c_str(), 100), 0);
    MutexLock lock(mutex_);
    watched_.insert(std::to_string(source) + ":" + path);
  }
  void unwatch(size_t, const std::string&) override {}
  void flush() override {}
  void setPollInterval(std::chrono::milliseconds) override {}
  WatcherStatus status() const override { return {}; }

  std::set<std::string> watched() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return watched_;
  }

  std::string fileToCreate;

 private:
  Mutex mutex_;
  std::set<std::string> watched_ GUARDED_BY(mutex_);
};

class ScannerTest : public testing::Test {
 protected:
  ScannerTest()
      : root_(std::move(*RootDirectory::open(directory_.path()))),
        filter_(std::move(*PathFilter::create({}, {}))) {
    source_.number = 3;
    source_.root = &root_;
    source_.filter = &filter_;
  }

  void setFilter(const std::vector<std::string>& include,
                 const std::vector<std::string>& exclude = {}) {
    filter_ = std::move(*PathFilter::create(include, exclude));
  }
  // Started late: a test that forks must not have threads by then.
  ThreadPool& pool() {
    if (!pool_) pool_ = std::make_unique<ThreadPool>("scan", 2);
    return *pool_;
  }
  ScanResult scan(const std::string& directory = "") {
    return Scanner(pool(), nullptr).scan(source_, directory);
  }
  ScanResult look(const std::string& path) { return Scanner(pool(), nullptr).look(source_, path); }

  static std::vector<std::string> pathsOf(const ScanResult& result) {
    std::vector<std::string> paths;
    for (const auto& file : result.files) paths.push_back(file.path);
    return paths;
  }
  static std::vector<std::string> problemsOf(const ScanResult& result) {
    std::vector<std::string> paths;
    for (const auto& problem : result.problems) {
      paths.push_back(problem.path + (problem.isDirectory ? "/" : ""));
    }
    return paths;
  }
  void link(const std::string& target, const std::string& relative) const {
    ASSERT_EQ(::symlink(target.c_str(), directory_.path(relative).c_str()), 0);
  }

  TempDirectory directory_;
  RootDirectory root_;
  PathFilter filter_;
  Scanner::Source source_;

 private:
  std::unique_ptr<ThreadPool> pool_;
};

TEST_F(ScannerTest, FindsTheFilesOfTheFilterWithTheirStat) {
  directory_.write("a.json", "{}");
  directory_.write("x/y/b.md", "content");
  directory_.write("x/c.txt", "");
  directory_.write(".git/d.json", "");

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("a.json", "x/y/b.md"));
  EXPECT_EQ(result.files[1].stat.size, 7);
  EXPECT_EQ(result.directories, 3u);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_GT(result.takenNs, 0);
}

TEST_F(ScannerTest, FindsNothingInAnEmptyDirectory) {
  EXPECT_THAT(scan().files, IsEmpty());
  EXPECT_EQ(scan().directories, 1u);
}

TEST_F(ScannerTest, SortsByTheBytesOfTheWholePath) {
  std::vector<std::string> paths{"a-b.json",   "a.json",        "a/z.json",     "a b/x.json",
                                 "a/b/c.json", "a/b.json",      "a/b-c/d.json", "a0.json",
                                 "B.json",     "\xC3\xA9.json", "a/b!/e.json",  "a.json.d/f.json"};
  for (const auto& path : paths) directory_.write(path, "");

  const auto found = pathsOf(scan());

  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(found, paths);
}

TEST_F(ScannerTest, SortsDirectoriesAsWhatIsBelowThemSorts) {
  std::vector<std::string> names{"a", "a!", "a-b", "a.b", "a0", "ab", "b", "a b", "", "\xC3\xA9"};
  for (const auto& left : names) {
    for (const auto& right : names) {
      EXPECT_EQ(directoryLess(left, right), left + "/" < right + "/") << left << " " << right;
    }
  }
}

TEST_F(ScannerTest, ScansBelowADirectoryWithPathsFromTheRoot) {
  directory_.write("a.json", "");
  directory_.write("x/y/b.json", "");
  directory_.write("x/c.json", "");

  EXPECT_THAT(pathsOf(scan("x")), ElementsAre("x/c.json", "x/y/b.json"));
}

TEST_F(ScannerTest, DoesNotEnterWhatTheFilterDoesNotEnter) {
  directory_.write("personas/a.json", "");
  directory_.write("personas/drafts/b.json", "");
  directory_.write("other/c.json", "");
  setFilter({"personas/**/*.json"}, {"**/drafts"});

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("personas/a.json"));
  EXPECT_EQ(result.directories, 2u);
}

TEST_F(ScannerTest, FindsEverythingInALargeTree) {
  std::vector<std::string> paths;
  for (int i = 0; i < 500; i++) {
    paths.push_back("d" + std::to_string(i % 97) + "/e" + std::to_string(i % 7) + "/" +
                    std::to_string(i) + ".json");
    directory_.write(paths.back(), "");
  }
  for (int i = 0; i < 1000; i++) {
    paths.push_back("flat/" + std::string(60, 'n') + std::to_string(i) + ".json");
    directory_.write(paths.back(), "");
  }

  const auto found = pathsOf(scan());

  std::sort(paths.begin(), paths.end());
  EXPECT_EQ(found, paths);
}

TEST_F(ScannerTest, WatchesEachDirectoryBeforeItListsIt) {
  directory_.write("x/y/a.json", "");
  directory_.write("node_modules/z/a.json", "");
  RecordingWatcher watcher;
  watcher.fileToCreate = "created.json";

  const auto result = Scanner(pool(), &watcher).scan(source_, "");

  EXPECT_THAT(watcher.watched(), ElementsAre("3:", "3:x", "3:x/y"));
  EXPECT_THAT(pathsOf(result),
              ElementsAre("created.json", "x/created.json", "x/y/a.json", "x/y/created.json"));
}

TEST_F(ScannerTest, WatchesFilesThatHaveOtherNamesBeforeItStatsThem) {
  directory_.write("single.json", "");
  directory_.write("a.txt", "");
  directory_.write("target.txt", "");
  ASSERT_EQ(::link(directory_.path("a.txt").c_str(), directory_.path("hard.json").c_str()), 0);
  link("target.txt", "soft.json");
  source_.followSymlinks = true;
  RecordingWatcher watcher;
  watcher.fileToCreate = "created.txt";

  const auto result = Scanner(pool(), &watcher).scan(source_, "");

  EXPECT_THAT(watcher.watched(), ElementsAre("3:", "3:hard.json", "3:soft.json"));
  ASSERT_THAT(pathsOf(result), ElementsAre("hard.json", "single.json", "soft.json"));
  EXPECT_EQ(result.files[0].stat.size, 100);
  EXPECT_EQ(result.files[2].stat.size, 100);
}

TEST_F(ScannerTest, WorksWhileThePoolIsBusy) {
  directory_.write("x/a.json", "");
  std::promise<void> release;
  auto released = release.get_future().share();
  for (int i = 0; i < 2; i++) pool().submit([released] { released.wait(); });

  EXPECT_THAT(pathsOf(scan()), ElementsAre("x/a.json"));
  release.set_value();
}

TEST_F(ScannerTest, WorksOnAThreadOfItsPool) {
  directory_.write("x/a.json", "");
  std::promise<std::vector<std::string>> found;

  pool().submit([&] { found.set_value(pathsOf(scan())); });

  EXPECT_THAT(found.get_future().get(), ElementsAre("x/a.json"));
}

TEST_F(ScannerTest, PassesOverWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(directory_.path("fifo.json").c_str(), 0600), 0);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  directory_.path("socket.json").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
  directory_.write("directory.json/a.json", "");
  link("nowhere", "broken.json");

  for (const bool trust : {true, false}) {
    source_.trustListedTypes = trust;
    const auto result = scan();
    EXPECT_THAT(pathsOf(result), ElementsAre("directory.json/a.json"));
    EXPECT_THAT(result.problems, IsEmpty());
  }
}

TEST_F(ScannerTest, PassesOverDevices) {
  auto devices = RootDirectory::open("/dev");
  ASSERT_TRUE(devices.ok());
  source_.root = &*devices;
  setFilter({"null", "zero", "tty"});

  EXPECT_THAT(scan().files, IsEmpty());
  EXPECT_THAT(look("zero").files, IsEmpty());
}

TEST_F(ScannerTest, AsksForTheTypeWhereTheListingDoesNotTellIt) {
  directory_.write("x/a.json", "a");
  directory_.write("b.json", "b");
  directory_.write(".git/c.json", "c");
  link("b.json", "link.json");
  source_.trustListedTypes = false;
  source_.followSymlinks = true;

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("b.json", "link.json", "x/a.json"));
  EXPECT_THAT(result.symlinks, ElementsAre("link.json"));
}

TEST_F(ScannerTest, PassesOverLinksUnlessAsked) {
  directory_.write("x/a.json", "a");
  link("x/a.json", "link.json");
  link("x", "linked");

  EXPECT_THAT(pathsOf(scan()), ElementsAre("x/a.json"));
}

TEST_F(ScannerTest, FollowsLinksToFilesBelowButNeverIntoDirectories) {
  const TempDirectory outside;
  outside.write("secret.json", "secret");
  directory_.write("x/a.json", "content");
  link("x/a.json", "link.json");
  link("x", "linked");
  link("x", "linked.json");
  link(outside.path("secret.json"), "out.json");
  link("loop.json", "loop.json");
  link("nowhere", "broken.json");
  source_.followSymlinks = true;

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("link.json", "x/a.json"));
  EXPECT_EQ(result.files[0].stat, result.files[1].stat);
  EXPECT_THAT(result.symlinks, ElementsAre("link.json"));
  EXPECT_THAT(problemsOf(result), ElementsAre("loop.json", "out.json"));
  EXPECT_EQ(result.problems[0].error.systemCode, ELOOP);
  EXPECT_EQ(result.problems[1].error.systemCode, EXDEV);
}

TEST_F(ScannerTest, TakesOddNamesAsTheyAre) {
  const std::vector<std::string> names{"\n.json",
                                       " .json",
                                       "\"'.json",
                                       "*.json",
                                       "[id].json",
                                       "\\.json",
                                       "{a}.json",
                                       "\x01.json",
                                       "#%?&.json",
                                       "-rf.json",
                                       "\xF0\x9F\x98\x80.json"};
  for (const auto& name : names) directory_.write(name, "");
  directory_.write(std::string(250, 'n') + ".json", "");

  const auto result = scan();

  EXPECT_EQ(result.files.size(), names.size() + 1);
  for (const auto& path : pathsOf(result)) EXPECT_THAT(pathsOf(look(path)), ElementsAre(path));
}

TEST_F(ScannerTest, ReportsNamesThatAreNotUtf8) {
  directory_.write("a\xFF.json", "");
  directory_.write("x/\xFE/b.json", "");
  directory_.write("\xFF.txt", "");
  directory_.write("good.json", "");

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("good.json"));
  EXPECT_THAT(problemsOf(result), ElementsAre("a\\xFF.json", "x/\\xFE/"));
  for (const auto& problem : result.problems) {
    EXPECT_EQ(problem.error.code, ErrorCode::kParse);
    EXPECT_EQ(problem.error.path, problem.path);
  }
}

TEST_F(ScannerTest, FindsFilesDeeperThanTheKernelsLongestPath) {
  const std::string name(200, 'd');
  std::string path;
  UniqueFd current(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < 50; i++) {
    ASSERT_EQ(::mkdirat(current.get(), name.c_str(), 0700), 0);
    current = UniqueFd(::openat(current.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    path += name + "/";
  }
  path += "deep.json";
  const UniqueFd file(::openat(current.get(), "deep.json", O_WRONLY | O_CREAT, 0600));

  EXPECT_THAT(pathsOf(scan()), ElementsAre(path));
  EXPECT_THAT(pathsOf(look(path)), ElementsAre(path));
}

TEST_F(ScannerTest, StopsAtItsLimitForPathsAndSaysSo) {
  const std::string name(250, 'd');
  std::vector<UniqueFd> open;
  open.emplace_back(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < 70; i++) {
    ASSERT_EQ(::mkdirat(open.back().get(), name.c_str(), 0700), 0);
    open.emplace_back(::openat(open.back().get(), name.c_str(), O_RDONLY | O_DIRECTORY));
  }

  const auto result = scan();

  // std::filesystem cannot delete what is so deep.
  for (size_t i = open.size() - 1; i-- > 0;) {
    EXPECT_EQ(::unlinkat(open[i].get(), name.c_str(), AT_REMOVEDIR), 0);
  }
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].error.code, ErrorCode::kLimit);
  EXPECT_TRUE(result.problems[0].isDirectory);
  EXPECT_EQ(result.directories, 1 + Scanner::kMaxPathBytes / 251);
}

// In a child process: privileges that are dropped cannot be had back.
TEST_F(ScannerTest, ReportsADirectoryThatMayNotBeRead) {
  directory_.write("good/a.json", "");
  directory_.write("unreadable/b.json", "");
  directory_.write("unsearchable/c.json", "");
  directory_.write("unsearchable/d.json", "");
  ASSERT_EQ(::chmod(directory_.path("unreadable").c_str(), 0311), 0);
  ASSERT_EQ(::chmod(directory_.path("unsearchable").c_str(), 0644), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);

  EXPECT_TRUE(holdsInChild([this] {
    ThreadPool pool("scan", 1);
    if (!dropPrivileges()) return false;
    const auto result = Scanner(pool, nullptr).scan(source_, "");
    const auto looked = Scanner(pool, nullptr).look(source_, "unsearchable/c.json");
    return pathsOf(result) == std::vector<std::string>{"good/a.json"} &&
           problemsOf(result) == std::vector<std::string>{"unreadable/", "unsearchable/"} &&
           result.problems[0].error.systemCode == EACCES &&
           result.problems[1].error.systemCode == EACCES &&
           problemsOf(looked) == std::vector<std::string>{"unsearchable/c.json/"};
  }));
  ASSERT_EQ(::chmod(directory_.path("unreadable").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(directory_.path("unsearchable").c_str(), 0755), 0);
}

TEST_F(ScannerTest, FindsAFileThatMayNotBeRead) {
  directory_.write("private.json", "{}");
  ASSERT_EQ(::chmod(directory_.path("private.json").c_str(), 0), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);

  EXPECT_TRUE(holdsInChild([this] {
    ThreadPool pool("scan", 1);
    return dropPrivileges() && pathsOf(Scanner(pool, nullptr).scan(source_, "")) ==
                                   std::vector<std::string>{"private.json"};
  }));
}

TEST_F(ScannerTest, ReportsADirectoryAsUnknownWithoutDescriptors) {
  directory_.write("x/a.json", "");

  EXPECT_TRUE(holdsInChild([this] {
    ThreadPool pool("scan", 1);
    if (!leaveDescriptors(0)) return false;
    const auto result = Scanner(pool, nullptr).scan(source_, "");
    const auto looked = Scanner(pool, nullptr).look(source_, "x/a.json");
    return result.files.empty() && problemsOf(result) == std::vector<std::string>{"/"} &&
           result.problems[0].error.systemCode == EMFILE &&
           problemsOf(looked) == std::vector<std::string>{"x/a.json/"};
  }));
}

TEST_F(ScannerTest, NeedsFewDescriptorsForAWideTree) {
  for (int i = 0; i < 100; i++) directory_.write("d" + std::to_string(i) + "/a.json", "");

  EXPECT_TRUE(holdsInChild([this] {
    ThreadPool pool("scan", 2);
    if (!leaveDescriptors(2)) return false;
    const auto result = Scanner(pool, nullptr).scan(source_, "");
    return result.files.size() == 100 && result.problems.empty();
  }));
}

TEST_F(ScannerTest, PassesOverTheOpenDatabaseWhateverItsName) {
  directory_.write("data.json", "");
  directory_.write("other.json", "");
  ASSERT_EQ(::link(directory_.path("data.json").c_str(), directory_.path("hard.json").c_str()), 0);
  link("data.json", "soft.json");
  struct stat found;
  ASSERT_EQ(::stat(directory_.path("data.json").c_str(), &found), 0);
  source_.excluded.push_back({found.st_dev, found.st_ino});
  source_.followSymlinks = true;

  const auto result = scan();

  EXPECT_THAT(pathsOf(result), ElementsAre("other.json"));
  EXPECT_THAT(result.symlinks, IsEmpty());
  EXPECT_THAT(look("data.json").files, IsEmpty());
}

TEST_F(ScannerTest, LooksAtOneFile) {
  directory_.write("x/a.json", "content");
  directory_.write("x/b.txt", "");
  directory_.write("x/.c.json", "");

  EXPECT_THAT(pathsOf(look("x/a.json")), ElementsAre("x/a.json"));
  EXPECT_EQ(look("x/a.json").files[0].stat, scan().files[0].stat);
  EXPECT_THAT(look("x/b.txt").files, IsEmpty());
  EXPECT_THAT(look("x/.c.json").files, IsEmpty());
}

TEST_F(ScannerTest, LooksAtADirectoryAndAllBelow) {
  directory_.write("x/y/a.json", "");
  directory_.write("x/b.json", "");

  EXPECT_THAT(pathsOf(look("x")), ElementsAre("x/b.json", "x/y/a.json"));
  EXPECT_EQ(look("x").directories, 2u);
  EXPECT_THAT(pathsOf(look("")), ElementsAre("x/b.json", "x/y/a.json"));
}

TEST_F(ScannerTest, SeesNothingWhereNothingIs) {
  directory_.write("x/a.json", "");
  link("x", "linked");

  for (const char* path : {"missing.json", "missing/a.json", "x/a.json/b.json", "linked",
                           "linked/a.json", "../x/a.json"}) {
    const auto result = look(path);
    EXPECT_THAT(result.files, IsEmpty()) << path;
    EXPECT_THAT(result.problems, IsEmpty()) << path;
  }
  EXPECT_THAT(scan("missing").problems, IsEmpty());
  EXPECT_EQ(scan("missing").directories, 0u);
}

// Directories come and go all the time; what stays is always found.
TEST_F(ScannerTest, FindsWhatStaysInATreeThatChangesMeanwhile) {
  for (int i = 0; i < 50; i++) directory_.write("stay" + std::to_string(i) + "/a.json", "");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; i++) {
      const std::string name = "churn" + std::to_string(i % 20);
      directory_.write(name + "/x/b.json", "");
      std::filesystem::rename(directory_.path(name), directory_.path("moved"));
      std::filesystem::remove_all(directory_.path("moved"));
    }
  });

  for (int i = 0; i < 50; i++) {
    const auto result = scan();
    const auto stayed = std::count_if(result.files.begin(), result.files.end(),
                                      [](const auto& f) { return f.path.starts_with("stay"); });
    EXPECT_EQ(stayed, 50);
    EXPECT_THAT(result.problems, IsEmpty());
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace fsdb
