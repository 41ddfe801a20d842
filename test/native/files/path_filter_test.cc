#include "files/path_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fsdb {
namespace {

PathFilter filter(const std::vector<std::string>& include,
                  const std::vector<std::string>& exclude = {}) {
  auto created = PathFilter::create(include, exclude);
  EXPECT_TRUE(created.ok()) << (created.ok() ? "" : created.error().message);
  return std::move(*created);
}

TEST(PathFilterTest, IncludesTheSupportedFormatsByDefault) {
  const auto files = filter({});

  for (const char* path :
       {"a.json", "a/b.prompty", "a/b/c.md", "x.yaml", "x.yml", "a b/\xC3\xA9.md"}) {
    EXPECT_TRUE(files.includesFile(path)) << path;
  }
  for (const char* path : {"a.txt", "json", "a.jsonx", "a.json/b", "ajson"}) {
    EXPECT_FALSE(files.includesFile(path)) << path;
  }
}

TEST(PathFilterTest, IgnoresTheCaseOfExtensionsOnlyByDefault) {
  EXPECT_TRUE(filter({}).includesFile("README.MD"));
  EXPECT_TRUE(filter({}).includesFile("a/X.Json"));
  EXPECT_FALSE(filter({"**/*.md"}).includesFile("README.MD"));
}

TEST(PathFilterTest, AlwaysLeavesOutWhatIsNoContent) {
  const auto files = filter({"**"});

  for (const char* path : {".hidden.json",
                           ".git/x.json",
                           "a/.git/x.json",
                           "node_modules/p/package.json",
                           "a/node_modules/p/package.json",
                           "a.json~",
                           ".a.json.swp",
                           "a.swp",
                           "a.swx",
                           "4913",
                           "a/4913",
                           "a.tmp",
                           "x.db",
                           "x.db-wal",
                           "x.db-shm",
                           "x.db-journal",
                           "x.db-lock",
                           "x.sqlite",
                           "x.sqlite-wal",
                           "a/x.sqlite3",
                           "x.sqlite3-journal",
                           "X.DB",
                           "X.SQLite-WAL"}) {
    EXPECT_FALSE(files.includesFile(path)) << path;
  }
  for (const char* path : {"a.json", "4913.json", "node_modules.json", "db", "sqlite.md",
                           "my.db.json", "wal", "x-wal"}) {
    EXPECT_TRUE(files.includesFile(path)) << path;
  }
}

TEST(PathFilterTest, LeavesOutDatabasesEvenIfAPatternNamesThem) {
  EXPECT_FALSE(filter({"data.db"}, {"!data.db"}).includesFile("data.db"));
}

TEST(PathFilterTest, EntersDirectoriesThatAreNamedLikeTemporaryFilesOrDatabases) {
  const auto files = filter({});

  EXPECT_TRUE(files.entersDirectory("x.db"));
  EXPECT_TRUE(files.includesFile("x.db/a.json"));
  EXPECT_TRUE(files.entersDirectory("4913"));
  EXPECT_FALSE(files.entersDirectory(".git"));
  EXPECT_FALSE(files.entersDirectory("a/node_modules"));
}

TEST(PathFilterTest, EntersOnlyWhereAnIncludedFileCanBe) {
  const auto files = filter({"personas/**/*.json", "prompts/*/hello.prompty"});

  for (const char* path : {"", "personas", "personas/a/b", "prompts", "prompts/de"}) {
    EXPECT_TRUE(files.entersDirectory(path)) << path;
  }
  for (const char* path : {"other", "a/personas", "prompts/de/deep", "persona"}) {
    EXPECT_FALSE(files.entersDirectory(path)) << path;
  }
}

TEST(PathFilterTest, LeavesOutAllBelowAnExcludedDirectory) {
  const auto files = filter({}, {"drafts", "**/old", "tmp/**", "*.bak"});

  for (const char* path : {"drafts", "drafts/x", "old", "a/old", "a/old/b", "tmp", "x.bak"}) {
    EXPECT_FALSE(files.entersDirectory(path)) << path;
  }
  for (const char* path :
       {"drafts/a.json", "drafts/x/a.json", "a/old/b/c.json", "tmp/a.json", "x.bak/a.json"}) {
    EXPECT_FALSE(files.includesFile(path)) << path;
  }
  EXPECT_TRUE(files.includesFile("a/drafts/b.json"));
  EXPECT_TRUE(files.entersDirectory("a/tmp"));
}

TEST(PathFilterTest, LetsALaterPatternTakeBackWhatEarlierOnesExcluded) {
  const auto files = filter({}, {"drafts/**", "!drafts/keep/**", "drafts/keep/not.json"});

  EXPECT_TRUE(files.entersDirectory("drafts"));
  EXPECT_TRUE(files.includesFile("drafts/keep/a.json"));
  EXPECT_FALSE(files.includesFile("drafts/a.json"));
  EXPECT_FALSE(files.includesFile("drafts/keep/not.json"));
  EXPECT_FALSE(files.entersDirectory("drafts/other"));
}

TEST(PathFilterTest, LetsALaterPatternTakeBackWhatEarlierOnesIncluded) {
  const auto files = filter({"**/*.json", "!personas/drafts", "personas/drafts/good.json"});

  EXPECT_TRUE(files.includesFile("personas/a.json"));
  EXPECT_FALSE(files.includesFile("personas/drafts/a.json"));
  EXPECT_TRUE(files.includesFile("personas/drafts/good.json"));
  EXPECT_FALSE(files.entersDirectory("personas/drafts/deep"));
}

TEST(PathFilterTest, BeginsWithTheDefaultIfTheFirstIncludePatternTakesBack) {
  const auto files = filter({"!**/*.yml"});

  EXPECT_TRUE(files.includesFile("a.json"));
  EXPECT_FALSE(files.includesFile("a.yml"));
}

TEST(PathFilterTest, TakesTwoExclamationMarksForNone) {
  EXPECT_TRUE(filter({"!!*.json"}).includesFile("a.json"));
  EXPECT_FALSE(filter({"!!*.json"}).includesFile("a.md"));
}

TEST(PathFilterTest, TakesAnEscapedExclamationMarkForItself) {
  EXPECT_TRUE(filter({"\\!a.json"}).includesFile("!a.json"));
}

TEST(PathFilterTest, IgnoresALeadingDotSlash) {
  EXPECT_TRUE(filter({"./personas/*.json"}).includesFile("personas/a.json"));
}

TEST(PathFilterTest, QuotesThePatternThatIsNotValid) {
  for (const char* pattern :
       {"", "/a.json", "drafts/", "{a,b", "[a", "a(b)", "a\\", "../a.json", "a/../b", "[z-a]"}) {
    const auto created = PathFilter::create({"**/*.json", pattern}, {});
    ASSERT_FALSE(created.ok()) << pattern;
    EXPECT_EQ(created.error().code, ErrorCode::kParse);
    EXPECT_NE(created.error().message.find("\"" + std::string(pattern) + "\""), std::string::npos)
        << created.error().message;
  }
}

TEST(PathFilterTest, RefusesAPatternThatStandsForTooMany) {
  const auto created = PathFilter::create({}, {"{1..100}{1..100}"});

  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace fsdb
