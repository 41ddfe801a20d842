#include "files/file_stat.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kNow = 1'767'225'600 * kSecond;

FileStat changedAt(int64_t mtimeNs, int64_t ctimeNs) { return {1, mtimeNs, ctimeNs, 2}; }

TEST(FileStatTest, IsNotSettledWithinTheClocksTick) {
  const int64_t changed = kNow + 123;

  EXPECT_FALSE(isSettled(changedAt(changed, changed), changed));
  EXPECT_FALSE(isSettled(changedAt(changed, changed), changed + 10 * kMillisecond));
  EXPECT_TRUE(isSettled(changedAt(changed, changed), changed + 10 * kMillisecond + 1));
}

TEST(FileStatTest, IsNotSettledIfEitherTimeIsRecent) {
  const int64_t old = kNow - kSecond + 5;
  const int64_t recent = kNow + 5;

  EXPECT_FALSE(isSettled(changedAt(old, recent), kNow + 10));
  EXPECT_FALSE(isSettled(changedAt(recent, old), kNow + 10));
}

TEST(FileStatTest, IsNotSettledIfTheFileComesFromTheFuture) {
  EXPECT_FALSE(isSettled(changedAt(kNow + 3600 * kSecond + 1, kNow - kSecond + 1), kNow));
}

TEST(FileStatTest, TakesTwoSecondsToSettleWhereTimesAreWholeSeconds) {
  EXPECT_FALSE(isSettled(changedAt(kNow, kNow), kNow + 2 * kSecond));
  EXPECT_TRUE(isSettled(changedAt(kNow, kNow), kNow + 2 * kSecond + 1));
}

TEST(FileStatTest, AgreesWithStat) {
  const TempDirectory directory;
  directory.write("a.json", "{}");
  const UniqueFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  struct stat plain;
  ASSERT_EQ(::stat(directory.path("a.json").c_str(), &plain), 0);

  const auto raw = statEntry(fd.get(), "a.json");

  ASSERT_TRUE(raw.ok());
  const FileStat stat = fileStatOf(*raw);
  EXPECT_EQ(stat.size, 2);
  EXPECT_EQ(stat.mtimeNs, plain.st_mtim.tv_sec * kSecond + plain.st_mtim.tv_nsec);
  EXPECT_EQ(stat.ctimeNs, plain.st_ctim.tv_sec * kSecond + plain.st_ctim.tv_nsec);
  EXPECT_EQ(stat.inode, plain.st_ino);
  EXPECT_EQ(fileIdentityOf(*raw), (FileIdentity{plain.st_dev, plain.st_ino}));
}

TEST(FileStatTest, ChangesWithContentOfTheSameSizeAndTime) {
  const TempDirectory directory;
  directory.write("a.json", "one");
  const UniqueFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  const FileStat before = fileStatOf(*statEntry(fd.get(), "a.json"));

  // Another inode, so that the test does not hang on the tick of the clock.
  directory.write("b.json", "two");
  const struct timespec times[2] = {{before.mtimeNs / kSecond, before.mtimeNs % kSecond},
                                    {before.mtimeNs / kSecond, before.mtimeNs % kSecond}};
  ASSERT_EQ(::utimensat(fd.get(), "b.json", times, 0), 0);
  ASSERT_EQ(::renameat(fd.get(), "b.json", fd.get(), "a.json"), 0);
  const FileStat after = fileStatOf(*statEntry(fd.get(), "a.json"));

  EXPECT_EQ(after.size, before.size);
  EXPECT_EQ(after.mtimeNs, before.mtimeNs);
  EXPECT_NE(after, before);
}

TEST(FileStatTest, StatsALinkItself) {
  const TempDirectory directory;
  const UniqueFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::symlinkat("nowhere", fd.get(), "link"), 0);

  EXPECT_TRUE(S_ISLNK(statEntry(fd.get(), "link")->stx_mode));
  EXPECT_EQ(statEntry(fd.get(), "nowhere").error().systemCode, ENOENT);
}

}  // namespace
}  // namespace fsdb
