// What cannot become a document never costs a good one; and of two files with one id exactly one
// has it.
#include <filesystem>
#include <string>

#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class BadContentTest : public BothWatchers {
 protected:
  bool waitForErrors(const std::set<std::string>& paths) {
    return folder_.waitUntil([&] { return folder_.errorPaths() == paths; });
  }
  // Several files in one millisecond would be equally new.
  void age(std::string_view name, int seconds) {
    std::filesystem::last_write_time(
        folder_.path(name),
        std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
};

FSDB_FOR_BOTH_WATCHERS(BadContentTest);

TEST_P(BadContentTest, ABrokenFileKeepsItsLastGoodRowAndTellsWhereItIsBroken) {
  folder_.write("x.json", R"({"v":1})");
  folder_.write("other.json", R"({"v":1})");
  folder_.openAndWait();
  folder_.write("x.json", "{\n  \"v\": 1,\n  \"w\" 2\n}");
  ASSERT_TRUE(waitForErrors({"x.json"}));
  folder_.write("other.json", R"({"v":2})");
  folder_.expectDocument("other", R"({"v":2})");

  EXPECT_EQ(folder_.row("x")->document, R"({"v":1})");
  const auto error = folder_.status().errors.at(0);
  EXPECT_EQ(error.error.code, ErrorCode::kParse);
  EXPECT_EQ(error.error.line, 3);
  EXPECT_EQ(error.error.path, "x.json");
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheNextGoodSaveClearsTheError) {
  folder_.write("x.json", R"({"v":1})");
  folder_.openAndWait();
  const auto before = folder_.row("x");
  folder_.write("x.json", R"({"v":)");
  ASSERT_TRUE(waitForErrors({"x.json"}));
  folder_.write("x.json", R"({"v":2})");

  folder_.expectDocument("x", R"({"v":2})");
  EXPECT_TRUE(waitForErrors({}));
  folder_.expectInStep();
  EXPECT_EQ(folder_.row("x")->seq, before->seq);
  EXPECT_EQ(folder_.row("x")->createdAt, before->createdAt);
}

TEST_P(BadContentTest, RepairingAFileToWhatItWasClearsTheErrorAndChangesNothing) {
  folder_.write("x.json", R"({"v":1})");
  folder_.openAndWait();
  const auto before = folder_.row("x");
  folder_.write("x.json", "");
  ASSERT_TRUE(waitForErrors({"x.json"}));
  folder_.write("x.json", R"({"v":1})");

  EXPECT_TRUE(waitForErrors({}));
  folder_.expectInStep();
  EXPECT_EQ(folder_.row("x")->version, before->version);
}

TEST_P(BadContentTest, ABrokenFileThatIsDeletedTakesItsRowAndItsErrorAlong) {
  folder_.write("x.json", R"({"v":1})");
  folder_.write("never.json", "{");
  folder_.openAndWait();
  folder_.write("x.json", "{");
  ASSERT_TRUE(waitForErrors({"never.json", "x.json"}));
  folder_.remove("x.json");
  folder_.remove("never.json");

  EXPECT_TRUE(waitForErrors({}));
  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
}

TEST_P(BadContentTest, ABrokenFileThatIsRenamedMovesItsError) {
  folder_.write("x.json", "{");
  folder_.openAndWait();
  ASSERT_TRUE(waitForErrors({"x.json"}));
  folder_.rename("x.json", "y.json");

  EXPECT_TRUE(waitForErrors({"y.json"}));
  folder_.expectInStep();
}

TEST_P(BadContentTest, ErrorsOutliveARestartAndAreNotReadAgain) {
  folder_.write("x.json", "{");
  folder_.write("y.json", "{}");
  age("x.json", 60);
  age("y.json", 60);
  folder_.openAndWait();
  ASSERT_NE(folder_.sync(), nullptr);
  folder_.close();
  // The stats that were taken right after writing are trusted from the next look on.
  folder_.openAndWait();
  folder_.close();
  folder_.open();
  const auto report = folder_.ready();

  EXPECT_EQ(report->parsed, 0);
  EXPECT_TRUE(waitForErrors({"x.json"}));
}

TEST_P(BadContentTest, WhatWasRepairedWhileTheProgramWasNotRunningIsRead) {
  folder_.write("x.json", "{");
  folder_.openAndWait();
  folder_.close();
  folder_.write("x.json", R"({"v":1})");
  folder_.openAndWait();

  EXPECT_TRUE(waitForErrors({}));
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
}

TEST_P(BadContentTest, AFileTooLongIsAnErrorAndItsLastGoodRowStays) {
  folder_.config.sources.front().maxFileBytes = 1000;
  folder_.write("x.json", R"({"v":1})");
  folder_.openAndWait();
  folder_.write("x.json", "{\"v\":\"" + std::string(2000, 'x') + "\"}");
  ASSERT_TRUE(waitForErrors({"x.json"}));

  EXPECT_EQ(folder_.status().errors.at(0).error.code, ErrorCode::kLimit);
  EXPECT_EQ(folder_.row("x")->document, R"({"v":1})");
}

TEST_P(BadContentTest, OfTwoFilesWithOneIdTheLaterModifiedWinsAndTheOtherIsAnError) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();

  folder_.expectInStep();
  EXPECT_EQ(folder_.row("a")->path, "a.yaml");
  ASSERT_TRUE(waitForErrors({"a.json"}));
  EXPECT_EQ(folder_.status().errors.at(0).error.code, ErrorCode::kConflict);
}

TEST_P(BadContentTest, TheLoserTakesOverWhenTheWinnerGoes) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();
  folder_.remove("a.yaml");

  folder_.expectDocument("a", R"({"v":2})");
  EXPECT_TRUE(waitForErrors({}));
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheLoserTakesOverWhenItIsSavedAgain) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();
  folder_.write("a.json", R"({"v":3})");

  folder_.expectDocument("a", R"({"v":3})");
  EXPECT_TRUE(waitForErrors({"a.yaml"}));
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheLoserTakesOverWhenItIsTouched) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();
  age("a.json", 0);

  folder_.expectDocument("a", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheLoserTakesOverWhenTheWinnersTimeGoesBack) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();
  age("a.yaml", 30);

  folder_.expectDocument("a", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheLoserTakesOverWhenAnOlderFileReplacesTheWinner) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.write("old.yaml.tmp", "v: 3\n");
  age("old.yaml.tmp", 30);
  folder_.openAndWait();
  folder_.rename("old.yaml.tmp", "a.yaml");

  folder_.expectDocument("a", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(BadContentTest, AWinnerThatIsTouchedWhileItLosesTakesOverLaterOn) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 20);
  folder_.openAndWait();
  folder_.close();
  // Both at once: the new winner sorts first, and the old one's content is as it was.
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 5);
  age("a.yaml", 10);
  folder_.openAndWait();
  folder_.expectInStep();
  EXPECT_EQ(folder_.row("a")->path, "a.json");
  folder_.remove("a.json");

  folder_.expectDocument("a", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(BadContentTest, OfThreeFilesWithOneIdTheNextOneTakesOver) {
  folder_.write("a.md", "---\nv: 3\n---\nx");
  age("a.md", 30);
  folder_.write("a.yaml", "v: 2\n");
  age("a.yaml", 20);
  folder_.write("a.json", R"({"v":1})");
  age("a.json", 10);
  folder_.openAndWait();
  EXPECT_TRUE(waitForErrors({"a.md", "a.yaml"}));
  folder_.remove("a.json");

  folder_.expectDocument("a", R"({"v":2})");
  EXPECT_TRUE(waitForErrors({"a.md"}));
  folder_.expectInStep();
}

TEST_P(BadContentTest, TheLoserTakesOverWhenTheWinnerIsRenamed) {
  folder_.write("a.yaml", "v: 1\n");
  age("a.yaml", 10);
  folder_.write("a.json", R"({"v":2})");
  age("a.json", 20);
  folder_.openAndWait();
  folder_.rename("a.yaml", "b.yaml");

  folder_.expectDocument("a", R"({"v":2})");
  folder_.expectDocument("b", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(BadContentTest, AnIdFromTheContentFollowsTheContent) {
  folder_.config.sources.front().id = "$.id";
  folder_.write("x.json", R"({"id":"one"})");
  folder_.openAndWait();
  const auto before = folder_.row("one");
  folder_.write("x.json", R"({"id":"two"})");

  folder_.expectDocument("two", R"({"id":"two"})");
  EXPECT_FALSE(folder_.row("one"));
  EXPECT_EQ(folder_.row("two")->seq, before->seq);
}

TEST_P(BadContentTest, TheSameStemInTwoTypesIsTwoDocuments) {
  SourceConfig other = folder_.config.sources.front();
  other.type = "other";
  other.directory = folder_.outside("others");
  folder_.config.sources.push_back(other);
  folder_.write("a.json", R"({"v":1})");
  SyncedFolder::writeAt(folder_.outside("others/a.json"), R"({"v":2})");
  folder_.openAndWait();

  folder_.expectInStep();
  auto document = folder_.database().documents().get("other", "a");
  ASSERT_TRUE(document.ok() && *document);
  EXPECT_EQ((*document)->document, R"({"v":2})");
}

}  // namespace
}  // namespace fsdb
