// Ids that come from the content, and files that exchange their contents: a document keeps its row
// wherever it goes.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class RenamesByIdTest : public testing::Test {
 protected:
  // The name too: one from the file's stem is another after a rename, and that is a change.
  RenamesByIdTest() {
    folder_.config.sources.front().id = "$.id";
    folder_.config.sources.front().name = "$.id";
  }

  static std::string documentOf(const std::string& id) { return R"({"id":")" + id + R"("})"; }

  // Modified so many seconds after a day that is long gone.
  void setTime(const std::string& path, int seconds) {
    const auto base = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
    std::filesystem::last_write_time(folder_.path(path), base + std::chrono::seconds(seconds));
  }
  void write(const std::string& path, const std::string& content, int seconds) {
    folder_.write(path, content);
    setTime(path, seconds);
  }
  void writeThree() {
    write("a.json", documentOf("one"), 10);
    write("b.json", documentOf("two"), 20);
    write("c.json", documentOf("three"), 30);
  }
  void exchange(const std::string& a, const std::string& b) {
    std::filesystem::rename(folder_.path(a), folder_.outside("aside"));
    folder_.rename(b, a);
    std::filesystem::rename(folder_.outside("aside"), folder_.path(b));
  }
  // The row that was `before` has another file now, and nothing else is different.
  void expectMoved(const Row& before, const std::string& path) {
    const auto now = folder_.row(before.id);
    ASSERT_TRUE(now) << before.id;
    EXPECT_EQ(now->path, path) << before.id;
    EXPECT_EQ(now->seq, before.seq) << before.id;
    EXPECT_EQ(now->createdAt, before.createdAt) << before.id;
    EXPECT_EQ(now->version, before.version) << before.id;
    EXPECT_EQ(now->document, before.document) << before.id;
  }
  void expectNothingLeftToDo() {
    const auto report = folder_.sync(true);
    ASSERT_NE(report, nullptr);
    EXPECT_FALSE(report->changedAnything());
    EXPECT_TRUE(folder_.errorPaths().empty());
  }

  SyncedFolder folder_{WatchMode::kOff, Disk::kMemory};
};

TEST_F(RenamesByIdTest, TwoFilesThatExchangeTheirContentsExchangeTheirDocuments) {
  writeThree();
  folder_.openAndWait();
  const Row one = *folder_.row("one");
  const Row two = *folder_.row("two");
  exchange("a.json", "b.json");
  const auto report = folder_.sync();

  expectMoved(one, "b.json");
  expectMoved(two, "a.json");
  EXPECT_TRUE(report->added.empty());
  EXPECT_TRUE(report->changed.empty());
  EXPECT_TRUE(report->removed.empty());
  EXPECT_EQ(report->renamed.size(), 2u);
  expectNothingLeftToDo();
}

TEST_F(RenamesByIdTest, AChainOfThreeMovesEachDocumentOneFurther) {
  writeThree();
  folder_.openAndWait();
  const auto before = folder_.rows();
  folder_.rename("c.json", "aside");
  folder_.rename("b.json", "c.json");
  folder_.rename("a.json", "b.json");
  folder_.rename("aside", "a.json");
  ASSERT_NE(folder_.sync(), nullptr);

  ASSERT_EQ(before.size(), 3u);
  expectMoved(before[0], "b.json");  // one
  expectMoved(before[1], "a.json");  // three
  expectMoved(before[2], "c.json");  // two
  expectNothingLeftToDo();
}

TEST_F(RenamesByIdTest, WhenTheLastOfAChainIsOverwrittenItsDocumentAloneGoes) {
  writeThree();
  folder_.openAndWait();
  const Row one = *folder_.row("one");
  const Row two = *folder_.row("two");
  folder_.rename("b.json", "c.json");
  folder_.rename("a.json", "b.json");
  const auto report = folder_.sync();

  expectMoved(one, "b.json");
  expectMoved(two, "c.json");
  EXPECT_FALSE(folder_.row("three"));
  EXPECT_EQ(report->removed.size(), 1u);
  expectNothingLeftToDo();
}

// Three documents, each in one of four places or deleted: all 73 arrangements.
TEST_F(RenamesByIdTest, WhereverThreeDocumentsGoEachKeepsItsRow) {
  const std::array<std::string, 3> ids{"one", "two", "three"};
  const std::array<std::string, 4> places{"a.json", "b.json", "c.json", "d.json"};
  constexpr size_t kGone = places.size();
  writeThree();
  folder_.openAndWait();
  const auto arrange = [&](const std::array<size_t, 3>& where) {
    for (size_t i = 0; i < ids.size(); i++) {
      std::filesystem::rename(folder_.path(places[i]), folder_.outside(ids[i]));
    }
    for (size_t i = 0; i < ids.size(); i++) {
      if (where[i] == kGone) continue;
      std::filesystem::rename(folder_.outside(ids[i]), folder_.path(places[where[i]]));
    }
  };
  int arrangements = 0;
  for (size_t code = 0; code < 5 * 5 * 5; code++) {
    const std::array<size_t, 3> where{code % 5, code / 5 % 5, code / 25};
    const auto clash = [&](size_t i, size_t j) {
      return where[i] != kGone && where[i] == where[j];
    };
    if (clash(0, 1) || clash(0, 2) || clash(1, 2)) continue;
    SCOPED_TRACE("arrangement " + std::to_string(code));
    const auto before = folder_.rows();
    ASSERT_EQ(before.size(), 3u);
    arrange(where);
    ASSERT_NE(folder_.sync(), nullptr);

    for (const auto& row : before) {
      const size_t i = row.id == "one" ? 0 : row.id == "two" ? 1 : 2;
      if (where[i] == kGone) {
        EXPECT_FALSE(folder_.row(row.id));
      } else {
        expectMoved(row, places[where[i]]);
      }
    }
    expectNothingLeftToDo();
    if (HasFailure()) return;
    for (const auto& place : places) folder_.remove(place);
    writeThree();
    ASSERT_NE(folder_.sync(), nullptr);
    arrangements++;
  }
  EXPECT_EQ(arrangements, 73);
}

TEST_F(RenamesByIdTest, AnExchangedDocumentThatAlsoChangedCountsUpInItsOwnRow) {
  writeThree();
  folder_.openAndWait();
  const Row one = *folder_.row("one");
  const Row two = *folder_.row("two");
  exchange("a.json", "b.json");
  write("b.json", R"({"id":"one","v":2})", 40);
  ASSERT_NE(folder_.sync(), nullptr);

  expectMoved(two, "a.json");
  EXPECT_EQ(folder_.row("one")->document, R"({"id":"one","v":2})");
  EXPECT_EQ(folder_.row("one")->seq, one.seq);
  EXPECT_EQ(folder_.row("one")->version, one.version + 1);
  expectNothingLeftToDo();
}

TEST_F(RenamesByIdTest, ANewIdForAFileWhoseOldOneAnotherTakesIsANewDocument) {
  writeThree();
  folder_.openAndWait();
  const Row one = *folder_.row("one");
  folder_.rename("a.json", "b.json");
  write("a.json", documentOf("four"), 40);
  ASSERT_NE(folder_.sync(), nullptr);

  expectMoved(one, "b.json");
  EXPECT_EQ(folder_.row("four")->path, "a.json");
  EXPECT_GT(folder_.row("four")->seq, folder_.row("three")->seq);
  EXPECT_FALSE(folder_.row("two"));
  expectNothingLeftToDo();
}

TEST_F(RenamesByIdTest, NothingStaysWithAFileThatHasItNoMoreIfTheOtherFileIsBroken) {
  writeThree();
  folder_.openAndWait();
  write("a.json", documentOf("two"), 40);
  write("b.json", R"({"id":"one")", 40);
  ASSERT_NE(folder_.sync(), nullptr);

  EXPECT_FALSE(folder_.row("one"));
  EXPECT_EQ(folder_.row("two")->path, "a.json");
  EXPECT_EQ(folder_.errorPaths(), std::set<std::string>{"b.json"});

  write("b.json", documentOf("one"), 50);
  ASSERT_NE(folder_.sync(), nullptr);
  EXPECT_EQ(folder_.row("one")->path, "b.json");
  EXPECT_EQ(folder_.row("two")->path, "a.json");
  expectNothingLeftToDo();
}

TEST_F(RenamesByIdTest, ALoserThatIsLaterThanTheNewFileOfTheIdTakesOver) {
  write("a.json", documentOf("one"), 30);
  write("b.json", documentOf("two"), 10);
  write("c.json", documentOf("one"), 20);
  folder_.openAndWait();
  ASSERT_EQ(folder_.errorPaths(), std::set<std::string>{"c.json"});
  write("a.json", documentOf("two"), 11);
  write("b.json", documentOf("one"), 12);
  ASSERT_NE(folder_.sync(), nullptr);

  EXPECT_EQ(folder_.row("one")->path, "c.json");
  EXPECT_EQ(folder_.row("two")->path, "a.json");
  EXPECT_EQ(folder_.errorPaths(), std::set<std::string>{"b.json"});
}

}  // namespace
}  // namespace fsdb
