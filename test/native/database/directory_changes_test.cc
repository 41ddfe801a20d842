// Whatever is done to the directories of a folder: at rest, the rows equal the files.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class DirectoryChangesTest : public BothWatchers {
 protected:
  void writeTree(const std::string& directory, int files = 3) {
    for (int i = 0; i < files; i++) {
      const std::string name = std::to_string(i) + ".json";
      SyncedFolder::writeAt(directory + "/" + name, R"({"in":"top"})");
      SyncedFolder::writeAt(directory + "/deep/er/" + name, R"({"in":"deep"})");
    }
  }
};

FSDB_FOR_BOTH_WATCHERS(DirectoryChangesTest);

TEST_P(DirectoryChangesTest, ANewTreeWithFilesAtOnceIsSeenWhole) {
  folder_.openAndWait();
  writeTree(folder_.path("a/b/c"));

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 6u);
}

TEST_P(DirectoryChangesTest, AFileWrittenLaterToANewTreeIsSeen) {
  folder_.openAndWait();
  folder_.makeDirectory("a/b/c/d");
  folder_.write("mark.json", "{}");
  folder_.expectInStep();
  folder_.write("a/b/c/d/late.json", R"({"v":1})");

  folder_.expectDocument("a/b/c/d/late", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, ATreeThatIsMovedInIsSeenAndFollowed) {
  folder_.openAndWait();
  writeTree(folder_.outside("tree"));
  std::filesystem::rename(folder_.outside("tree"), folder_.path("tree"));
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 6u);
  folder_.write("tree/deep/er/0.json", R"({"v":"later"})");
  folder_.write("tree/deep/er/new.json", R"({"v":"new"})");

  folder_.expectDocument("tree/deep/er/0", R"({"v":"later"})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, ATreeThatIsRenamedKeepsItsRowsAndIsFollowed) {
  writeTree(folder_.path("tree"));
  folder_.openAndWait();
  const auto before = folder_.row("tree/deep/er/0");
  folder_.rename("tree", "renamed");
  folder_.expectInStep();
  ASSERT_TRUE(folder_.row("renamed/deep/er/0"));
  if (GetParam() == WatchMode::kAuto) {
    EXPECT_EQ(folder_.row("renamed/deep/er/0")->createdAt, before->createdAt);
  }
  folder_.write("renamed/deep/er/0.json", R"({"v":"later"})");

  folder_.expectDocument("renamed/deep/er/0", R"({"v":"later"})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, ATreeWhoseParentIsRenamedTwiceIsFollowed) {
  writeTree(folder_.path("a/tree"));
  folder_.openAndWait();
  folder_.rename("a", "b");
  folder_.rename("b", "c");
  folder_.write("c/tree/deep/er/0.json", R"({"v":"later"})");

  folder_.expectDocument("c/tree/deep/er/0", R"({"v":"later"})");
  folder_.expectInStep();
  folder_.write("c/tree/1.json", R"({"v":"later"})");
  folder_.expectDocument("c/tree/1", R"({"v":"later"})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, NothingArrivesFromATreeThatWasMovedOut) {
  writeTree(folder_.path("tree"));
  folder_.openAndWait();
  std::filesystem::rename(folder_.path("tree"), folder_.outside("tree"));
  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
  const size_t told = folder_.events.reports().size();
  SyncedFolder::writeAt(folder_.outside("tree/deep/er/0.json"), R"({"v":"outside"})");
  SyncedFolder::writeAt(folder_.outside("tree/new.json"), R"({"v":"outside"})");
  folder_.expectInStep();

  const auto reports = folder_.events.reports();
  for (size_t i = told; i < reports.size(); i++) EXPECT_FALSE(reports[i]->changedAnything());
}

TEST_P(DirectoryChangesTest, ATreeMovedOutChangedAndMovedBackIsAsItIsNow) {
  writeTree(folder_.path("tree"));
  folder_.openAndWait();
  std::filesystem::rename(folder_.path("tree"), folder_.outside("tree"));
  SyncedFolder::writeAt(folder_.outside("tree/0.json"), R"({"v":"changed"})");
  std::filesystem::remove(folder_.outside("tree/1.json"));
  std::filesystem::rename(folder_.outside("tree"), folder_.path("tree"));

  folder_.expectDocument("tree/0", R"({"v":"changed"})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 5u);
  folder_.write("tree/deep/er/2.json", R"({"v":"later"})");
  folder_.expectDocument("tree/deep/er/2", R"({"v":"later"})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, TwoDirectoriesThatAreExchangedAreBothFollowed) {
  folder_.write("a/x.json", R"({"was":"a"})");
  folder_.write("b/x.json", R"({"was":"b"})");
  folder_.openAndWait();
  ASSERT_EQ(::syscall(SYS_renameat2, AT_FDCWD, folder_.path("a").c_str(), AT_FDCWD,
                      folder_.path("b").c_str(), RENAME_EXCHANGE),
            0);
  folder_.expectDocument("a/x", R"({"was":"b"})");
  folder_.expectInStep();
  folder_.write("a/x.json", R"({"now":"a"})");
  folder_.write("b/y.json", R"({"now":"b"})");

  folder_.expectDocument("a/x", R"({"now":"a"})");
  folder_.expectDocument("b/y", R"({"now":"b"})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, ADirectoryDeletedAndCreatedAgainIsFollowed) {
  writeTree(folder_.path("tree"));
  folder_.openAndWait();
  folder_.remove("tree");
  folder_.write("tree/deep/new.json", R"({"v":1})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
  folder_.write("tree/deep/later.json", R"({"v":2})");

  folder_.expectDocument("tree/deep/later", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, FiveHundredFilesInANewDirectoryAreAllSeen) {
  folder_.openAndWait();
  folder_.makeDirectory("many");
  for (int i = 0; i < 500; i++) {
    folder_.write("many/" + std::to_string(i) + ".json", "{\"v\":" + std::to_string(i) + "}");
  }

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 500u);
}

TEST_P(DirectoryChangesTest, OfAHundredDirectoriesHalfOfThemDeletedTheOthersRemain) {
  folder_.openAndWait();
  for (int i = 0; i < 100; i++) {
    folder_.write("d" + std::to_string(i) + "/x.json", "{}");
    if (i % 2 == 1) folder_.remove("d" + std::to_string(i - 1));
  }

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 50u);
}

TEST_P(DirectoryChangesTest, ALargeTreeThatIsCopiedInIsSeenWhole) {
  folder_.openAndWait();
  for (int i = 0; i < 30; i++) writeTree(folder_.outside("tree/" + std::to_string(i)), 5);
  std::filesystem::copy(folder_.outside("tree"), folder_.path("copy"),
                        std::filesystem::copy_options::recursive);

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 300u);
}

TEST_P(DirectoryChangesTest, ARootThatIsDeletedAndCreatedAgainIsFollowed) {
  writeTree(folder_.root());
  folder_.openAndWait();
  std::filesystem::remove_all(folder_.root());
  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
  writeTree(folder_.root());
  folder_.expectInStep();
  folder_.write("deep/later.json", R"({"v":1})");

  folder_.expectDocument("deep/later", R"({"v":1})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 7u);
}

TEST_P(DirectoryChangesTest, ARootThatIsReplacedAtOnceIsFollowed) {
  writeTree(folder_.root());
  folder_.openAndWait();
  std::filesystem::remove_all(folder_.root());
  folder_.write("deep/new.json", R"({"v":0})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
  folder_.write("deep/later.json", R"({"v":1})");

  folder_.expectDocument("deep/later", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(DirectoryChangesTest, ARootThatIsRenamedAndCreatedAgainIsFollowed) {
  writeTree(folder_.root());
  folder_.openAndWait();
  std::filesystem::rename(folder_.root(), folder_.outside("away"));
  folder_.write("new.json", R"({"v":0})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
  SyncedFolder::writeAt(folder_.outside("away/0.json"), R"({"v":"away"})");
  folder_.write("later.json", R"({"v":1})");

  folder_.expectDocument("later", R"({"v":1})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 2u);
}

TEST_P(DirectoryChangesTest, ARootThatIsMissingAtFirstKeepsTheRowsUntilItComes) {
  folder_.write("x.json", R"({"v":1})");
  folder_.openAndWait();
  folder_.close();
  std::filesystem::rename(folder_.root(), folder_.outside("away"));
  folder_.openAndWait();
  EXPECT_EQ(folder_.rows().size(), 1u);
  ASSERT_EQ(folder_.status().degraded.size(), 1u);
  EXPECT_NE(folder_.status().degraded[0].find("missing"), std::string::npos);
  folder_.write("y.json", R"({"v":2})");

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.row("y").has_value(); }));
  folder_.expectInStep();
  EXPECT_TRUE(folder_.status().degraded.empty());
  EXPECT_EQ(folder_.rows().size(), 1u);
}

TEST_P(DirectoryChangesTest, RenamesOfDirectoriesBackAndForthLoseNothing) {
  writeTree(folder_.path("a"), 10);
  folder_.openAndWait();
  for (int i = 0; i < 51; i++) folder_.rename(i % 2 == 0 ? "a" : "b", i % 2 == 0 ? "b" : "a");
  folder_.write("b/deep/er/0.json", R"({"v":"last"})");

  folder_.expectDocument("b/deep/er/0", R"({"v":"last"})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 20u);
}

}  // namespace
}  // namespace fsdb
