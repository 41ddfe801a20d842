#include "files/atomic_write.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>

#include "files/fault_process.h"
#include "files/path_filter.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

class AtomicWriteTest : public testing::Test {
 protected:
  AtomicWriteTest() : root_(std::move(*RootDirectory::open(directory_.path()))) {}

  int failureOf(const std::string& relative) const {
    const auto written = writeFileAtomically(root_, relative, "new");
    return written.ok() ? 0 : written.error().systemCode;
  }
  mode_t modeOf(const std::string& relative) const {
    struct stat found = {};
    EXPECT_EQ(::lstat(directory_.path(relative).c_str(), &found), 0);
    return found.st_mode & 07777;
  }
  size_t entries() const {
    const std::filesystem::recursive_directory_iterator begin(directory_.path());
    return static_cast<size_t>(std::distance(begin, {}));
  }

  TempDirectory directory_;
  RootDirectory root_;
};

TEST_F(AtomicWriteTest, WritesANewFileAndNothingElse) {
  ASSERT_TRUE(writeFileAtomically(root_, "a.json", "{}").ok());

  EXPECT_EQ(directory_.read("a.json"), "{}");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicWriteTest, CreatesTheDirectoriesOnTheWay) {
  directory_.write("x/old.json", "{}");

  ASSERT_TRUE(writeFileAtomically(root_, "x/y/z/a.json", "deep").ok());

  EXPECT_EQ(directory_.read("x/y/z/a.json"), "deep");
}

TEST_F(AtomicWriteTest, ReplacesAFileByAnother) {
  directory_.write("a.json", "old content");
  const UniqueFd reader(::open(directory_.path("a.json").c_str(), O_RDONLY));

  ASSERT_TRUE(writeFileAtomically(root_, "a.json", "new").ok());

  EXPECT_EQ(directory_.read("a.json"), "new");
  char old[16];
  EXPECT_EQ(::read(reader.get(), old, sizeof old), 11);
}

TEST_F(AtomicWriteTest, GivesANewFileTheModeOfTheUmask) {
  EXPECT_TRUE(holdsInChild([this] {
    ::umask(027);
    return writeFileAtomically(root_, "a.json", "{}").ok() && modeOf("a.json") == 0640;
  }));
}

TEST_F(AtomicWriteTest, KeepsTheModeOfAnExistingFile) {
  directory_.write("a.json", "old");
  ASSERT_EQ(::chmod(directory_.path("a.json").c_str(), 0604), 0);

  ASSERT_TRUE(writeFileAtomically(root_, "a.json", "new").ok());

  EXPECT_EQ(modeOf("a.json"), 0604u);
}

TEST_F(AtomicWriteTest, TakesNamesOf255Bytes) {
  std::string name;
  while (name.size() < 250) name += "\xC3\xA9";
  name += ".json";
  ASSERT_EQ(name.size(), 255u);

  ASSERT_TRUE(writeFileAtomically(root_, name, "long").ok());

  EXPECT_EQ(directory_.read(name), "long");
}

TEST_F(AtomicWriteTest, RefusesPathsThatAreNotPlain) {
  for (const auto& path :
       {std::string(), std::string("/tmp/a.json"), std::string("../a.json"), std::string("x/../a"),
        std::string("./a.json"), std::string("x//a"), std::string("a/"), std::string("a\0b", 3)}) {
    EXPECT_EQ(failureOf(path), EINVAL) << path;
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(AtomicWriteTest, FollowsNoLinkOnTheWayOrAtTheEnd) {
  const TempDirectory outside;
  outside.write("a.json", "secret");
  std::filesystem::create_directory(directory_.path("x"));
  ASSERT_EQ(::symlink(outside.path().c_str(), directory_.path("out").c_str()), 0);
  ASSERT_EQ(::symlink(outside.path().c_str(), directory_.path("x/out").c_str()), 0);
  ASSERT_EQ(::symlink(outside.path("a.json").c_str(), directory_.path("a.json").c_str()), 0);

  EXPECT_EQ(failureOf("out/a.json"), ELOOP);
  EXPECT_NE(failureOf("x/out/new/a.json"), 0);
  EXPECT_EQ(failureOf("a.json"), ELOOP);
  EXPECT_EQ(outside.read("a.json"), "secret");
  EXPECT_FALSE(std::filesystem::exists(outside.path("new")));
}

TEST_F(AtomicWriteTest, ReplacesNothingButAFile) {
  std::filesystem::create_directory(directory_.path("directory.json"));
  ASSERT_EQ(::mkfifo(directory_.path("fifo.json").c_str(), 0600), 0);
  directory_.write("file", "");

  EXPECT_EQ(failureOf("directory.json"), EISDIR);
  EXPECT_EQ(failureOf("fifo.json"), EEXIST);
  EXPECT_EQ(failureOf("file/a.json"), ENOTDIR);
  EXPECT_EQ(entries(), 3u);
}

TEST_F(AtomicWriteTest, LeavesTheOldFileAndNoTemporaryIfWritingFails) {
  directory_.write("a.json", "old");

  EXPECT_TRUE(holdsInChild([this] {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    const auto written = writeFileAtomically(root_, "a.json", std::string(2000, 'x'));
    return !written.ok() && written.error().systemCode == EFBIG;
  }));

  EXPECT_EQ(directory_.read("a.json"), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicWriteTest, SaysThatADirectoryMayNotBeWritten) {
  std::filesystem::create_directory(directory_.path("x"));
  ASSERT_EQ(::chmod(directory_.path("x").c_str(), 0555), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);

  EXPECT_TRUE(holdsInChild([this] { return dropPrivileges() && failureOf("x/a.json") == EACCES; }));
}

TEST_F(AtomicWriteTest, UsesTemporariesThatNoSourceIncludes) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) EXPECT_TRUE(writeFileAtomically(root_, "a.json", std::string(50'000, 'x')).ok());
  });
  const auto filter = PathFilter::create({"**"}, {});
  size_t temporaries = 0;

  while (temporaries < 5) {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename();
      if (name == "a.json") continue;
      EXPECT_FALSE(filter->includesFile(name)) << name;
      temporaries++;
    }
  }
  stop = true;
  writer.join();
}

TEST_F(AtomicWriteTest, ShowsEveryReaderOneVersionWhole) {
  directory_.write("a.json", std::string(100'000, '0'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; i < 100; i++) {
      EXPECT_TRUE(writeFileAtomically(root_, "a.json", std::string(100'000, '0' + i % 10)).ok());
    }
    stop = true;
  });

  while (!stop) {
    const std::string content = directory_.read("a.json");
    EXPECT_EQ(content, std::string(100'000, content.empty() ? '?' : content[0]));
  }
  writer.join();
}

TEST_F(AtomicWriteTest, RemovesAFileAndSaysWhetherThereWasOne) {
  directory_.write("x/a.json", "{}");

  EXPECT_TRUE(*removeFile(root_, "x/a.json"));
  EXPECT_FALSE(*removeFile(root_, "x/a.json"));
  EXPECT_FALSE(*removeFile(root_, "missing/a.json"));
  EXPECT_FALSE(std::filesystem::exists(directory_.path("x/a.json")));
}

TEST_F(AtomicWriteTest, RemovesNothingOutsideOfTheRoot) {
  const TempDirectory outside;
  outside.write("a.json", "secret");
  ASSERT_EQ(::symlink(outside.path().c_str(), directory_.path("out").c_str()), 0);

  EXPECT_EQ(removeFile(root_, "out/a.json").error().systemCode, ELOOP);
  EXPECT_EQ(removeFile(root_, "../a.json").error().systemCode, EINVAL);
  EXPECT_EQ(outside.read("a.json"), "secret");
}

TEST_F(AtomicWriteTest, RemovesNoDirectory) {
  std::filesystem::create_directory(directory_.path("x"));

  EXPECT_FALSE(removeFile(root_, "x").ok());
  EXPECT_TRUE(std::filesystem::exists(directory_.path("x")));
}

}  // namespace
}  // namespace fsdb
