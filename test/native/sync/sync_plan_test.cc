#include "sync/sync_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fsdb {
namespace {

using std::chrono::milliseconds;

FileStat statOf(int64_t mtimeNs, uint64_t inode = 7) { return {10, mtimeNs, mtimeNs, inode}; }

StoredFile storedFile(const std::string& path, FileStat stat = statOf(1)) {
  StoredFile file;
  file.path = path;
  file.id = path;
  file.stat = stat;
  file.hash = hashContent(path);
  return file;
}

ScanResult scanOf(std::vector<ScannedFile> files) {
  ScanResult scanned;
  scanned.files = std::move(files);
  return scanned;
}

std::vector<StoredFile> list(std::vector<std::string> paths) {
  std::vector<StoredFile> files;
  for (const auto& path : paths) files.push_back(storedFile(path));
  return files;
}

std::vector<std::string> pathsToRead(const SyncPlan& plan) {
  std::vector<std::string> paths;
  for (const auto& file : plan.read) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> pathsMissing(const SyncPlan& plan) {
  std::vector<std::string> paths;
  for (const auto& file : plan.missing) paths.push_back(file.path);
  return paths;
}

using Paths = std::vector<std::string>;

TEST(SyncPlanTest, ReadsWhatIsNewOrOtherAndFindsWhatIsMissing) {
  const auto scanned =
      scanOf({{"a", statOf(1)}, {"b", statOf(2)}, {"c", statOf(1)}, {"e", statOf(1)}});

  const SyncPlan plan = planSync(scanned, list({"a", "b", "d", "e", "f"}), Effort::kStat);

  EXPECT_EQ(pathsToRead(plan), (Paths{"b", "c"}));
  EXPECT_EQ(pathsMissing(plan), (Paths{"d", "f"}));
  EXPECT_EQ(plan.unchanged, 2);
  EXPECT_NE(plan.read[0].stored, nullptr);
  EXPECT_EQ(plan.read[1].stored, nullptr);
}

TEST(SyncPlanTest, AnyDifferenceOfTheStatIsAReasonToRead) {
  const FileStat base{10, 1, 2, 3};
  for (const FileStat& other : {FileStat{11, 1, 2, 3}, FileStat{10, 9, 2, 3}, FileStat{10, 1, 9, 3},
                                FileStat{10, 1, 2, 9}, FileStat{kUntrusted, 1, 2, 3}}) {
    const SyncPlan plan = planSync(scanOf({{"a", base}}), {storedFile("a", other)}, Effort::kStat);
    EXPECT_EQ(pathsToRead(plan), Paths{"a"});
  }
  const SyncPlan same = planSync(scanOf({{"a", base}}), {storedFile("a", base)}, Effort::kStat);
  EXPECT_TRUE(same.read.empty());
}

TEST(SyncPlanTest, MoreEffortReadsWhatLooksUnchanged) {
  const auto scanned = scanOf({{"a", statOf(1)}});

  const SyncPlan read = planSync(scanned, list({"a"}), Effort::kRead);
  const SyncPlan parsed = planSync(scanned, list({"a"}), Effort::kParse);

  EXPECT_EQ(pathsToRead(read), Paths{"a"});
  EXPECT_FALSE(read.read[0].parse);
  EXPECT_TRUE(parsed.read.at(0).parse);
}

TEST(SyncPlanTest, AFileThatFailedForAReasonThatMayBeGoneIsReadAgain) {
  StoredFile failed = storedFile("a");
  failed.state = FileState::kError;
  StoredFile broken = failed;
  failed.retry = true;
  const auto scanned = scanOf({{"a", statOf(1)}});

  EXPECT_EQ(pathsToRead(planSync(scanned, {failed}, Effort::kStat)), Paths{"a"});
  EXPECT_TRUE(planSync(scanned, {broken}, Effort::kStat).read.empty());
}

TEST(SyncPlanTest, WhatCouldNotBeSeenIsNotMissing) {
  ScanResult scanned = scanOf({});
  scanned.problems.push_back({"d", {}, true});
  scanned.problems.push_back({"f", {}, false});

  const SyncPlan plan = planSync(scanned, list({"d-e", "d/x", "d/y/z", "f", "f/x"}), Effort::kStat);

  EXPECT_EQ(pathsMissing(plan), (Paths{"d-e", "f/x"}));
}

TEST(SyncPlanTest, ARootThatCouldNotBeSeenHidesEverything) {
  ScanResult scanned = scanOf({});
  scanned.problems.push_back({"", {}, true});

  EXPECT_TRUE(planSync(scanned, list({"a", "d/x"}), Effort::kStat).missing.empty());
}

TEST(SyncPlanTest, ANewNameOfAFileWithSeveralIsTold) {
  ScannedFile shared{"b", statOf(1), true};

  EXPECT_TRUE(planSync(scanOf({shared}), {}, Effort::kStat).gotShared);
  EXPECT_FALSE(planSync(scanOf({shared}), list({"b"}), Effort::kStat).gotShared);
}

TEST(MissingFilesTest, PrefersTheSameInodeThenTheSameNameThenTheFirst) {
  const ContentHash hash = hashContent("same");
  const auto missing = [&](const std::string& path, uint64_t inode) {
    StoredFile file = storedFile(path, statOf(1, inode));
    file.hash = hash;
    return file;
  };
  const auto files = [&] {
    return MissingFiles({missing("a/x", 1), missing("b/y", 2), missing("c/z", 3)});
  };

  EXPECT_EQ(files().takeRenamed(hash, 3, "d/y")->path, "c/z");
  EXPECT_EQ(files().takeRenamed(hash, 9, "d/y")->path, "b/y");
  EXPECT_EQ(files().takeRenamed(hash, 9, "d/w")->path, "a/x");
  EXPECT_FALSE(files().takeRenamed(hashContent("other"), 1, "a/x"));
}

// A directory of so many files with the same content was renamed.
TEST(MissingFilesTest, PairsEachOfThousandsWithItsOwnInodeOrName) {
  constexpr uint64_t kFiles = 5000;
  const ContentHash hash = hashContent("same");
  const auto name = [](uint64_t number) { return std::to_string(100'000 + number); };
  std::vector<StoredFile> missing;
  for (uint64_t number = 0; number < kFiles; number++) {
    missing.push_back(storedFile("old/" + name(number), statOf(1, number + 1)));
    missing.back().hash = hash;
  }
  MissingFiles files(std::move(missing));

  for (uint64_t number = kFiles; number-- > 0;) {
    // Every second one has been copied to another file system: its name alone is what it was.
    const bool moved = number % 2 == 0;
    const auto from = moved ? files.takeRenamed(hash, number + 1, "new/other-" + name(number))
                            : files.takeRenamed(hash, kFiles + 1, "new/" + name(number));
    ASSERT_TRUE(from);
    ASSERT_EQ(from->path, "old/" + name(number));
  }
  EXPECT_FALSE(files.takeRenamed(hash, 1, "new/x"));
  EXPECT_TRUE(files.takeRest().empty());
}

TEST(MissingFilesTest, OfSeveralNamesOfOneInodeTheSameNameComesFirst) {
  const ContentHash hash = hashContent("same");
  const auto list = [&] {
    std::vector<StoredFile> files;
    for (const char* path : {"a/x", "b/y", "c/z"}) {
      files.push_back(storedFile(path, statOf(1, path == std::string("c/z") ? 2 : 1)));
      files.back().hash = hash;
    }
    return files;
  };
  MissingFiles files(list());

  EXPECT_EQ(files.takeRenamed(hash, 1, "n/y")->path, "b/y");
  EXPECT_EQ(files.takeRenamed(hash, 1, "n/z")->path, "a/x");
  EXPECT_EQ(files.takeRenamed(hash, 1, "n/y")->path, "c/z");
}

TEST(MissingFilesTest, GivesEachFileOnce) {
  MissingFiles files(list({"a", "b"}));

  EXPECT_EQ(files.takeRenamed(hashContent("a"), 0, "n")->path, "a");
  EXPECT_FALSE(files.takeRenamed(hashContent("a"), 0, "n"));
  const auto rest = files.takeRest();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].path, "b");
  EXPECT_TRUE(files.takeRest().empty());
}

TEST(MissingFilesTest, AFileWithoutADocumentOfItsOwnIsNobodysOldName) {
  auto files = list({"broken", "loser", "never"});
  files[0].state = FileState::kError;
  files[1].state = FileState::kDuplicate;
  files[2].id.reset();
  MissingFiles missing(std::move(files));

  for (const char* path : {"broken", "loser", "never"}) {
    EXPECT_FALSE(missing.takeRenamed(hashContent(path), 7, "n"));
  }
  EXPECT_EQ(missing.takeRest().size(), 3u);
}

TEST(ClaimTest, TheLaterModifiedWinsAndOfTwoAtOnceTheFirstByPath) {
  EXPECT_TRUE(claimWins("2026-01-02", "b", "2026-01-01", "a"));
  EXPECT_FALSE(claimWins("2026-01-01", "a", "2026-01-02", "b"));
  EXPECT_TRUE(claimWins("2026-01-01", "a", "2026-01-01", "b"));
  EXPECT_FALSE(claimWins("2026-01-01", "b", "2026-01-01", "a"));
}

TEST(RetryDelayTest, DoublesFromATenthOfASecondToHalfAMinute) {
  EXPECT_EQ(retryDelay(1, 0), milliseconds(100));
  EXPECT_EQ(retryDelay(2, 0), milliseconds(200));
  EXPECT_EQ(retryDelay(9, 0), milliseconds(25'600));
  EXPECT_EQ(retryDelay(10, 0), milliseconds(30'000));
  EXPECT_EQ(retryDelay(1'000'000, 0), milliseconds(30'000));
  EXPECT_EQ(retryDelay(0, 0), milliseconds(100));
}

TEST(RetryDelayTest, IsShortenedByUpToAQuarter) {
  EXPECT_EQ(retryDelay(1, 0.5), milliseconds(88));
  EXPECT_GT(retryDelay(10, 0.999), milliseconds(22'499));
}

}  // namespace
}  // namespace fsdb
