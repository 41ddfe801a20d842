#include "documents/search_index.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "documents/collection_schema.h"
#include "documents/document_table.h"

namespace fsdb {
namespace {

class SearchIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(
        connection_->exec(std::string(DocumentTable::kSchema) + kCollectionSchema + kSearchSchema));
  }

  void insert(int count, const std::string& type) {
    ASSERT_TRUE(connection_->exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(count) +
        ") INSERT INTO documents (type, id, name, version, created_at, updated_at, document) "
        "SELECT '" +
        type +
        "', (SELECT count(*) FROM documents) || '-' || i, 'name', 1, '', '', "
        "'{\"text\":\"word\"}' FROM n"));
  }

  int64_t found(const std::string& word) {
    return connection_
        ->queryInteger(
            "SELECT count(*) FROM \"_fsdb_search('t')\" WHERE \"_fsdb_search('t')\" "
            "MATCH '" +
            word + "'")
        .value();
  }

  // Is the index whole, and does it hold what an index would that is made now?
  bool isConsistent() {
    const std::string quoted = R"x("_fsdb_search('t')")x";
    EXPECT_TRUE(connection_->exec("INSERT INTO " + quoted + " (" + quoted +
                                  ") VALUES ('integrity-check')"));
    EXPECT_TRUE(connection_->exec(
        "CREATE VIRTUAL TABLE fresh USING fts5(name, text);"
        "INSERT INTO fresh (rowid, name, text) SELECT seq, name, text FROM " +
        viewOf("t") + ";CREATE VIRTUAL TABLE temp.made USING fts5vocab('main', " + quoted +
        ", 'instance');"
        "CREATE VIRTUAL TABLE temp.expected USING fts5vocab('main', 'fresh', 'instance');"));
    return connection_
               ->queryInteger(
                   "SELECT count(*) FROM (SELECT * FROM (SELECT * FROM made EXCEPT SELECT * FROM "
                   "expected) UNION ALL SELECT * FROM (SELECT * FROM expected EXCEPT SELECT * FROM "
                   "made))")
               .value() == 0;
  }

  std::string viewOf(const std::string& type) {
    auto name = connection_
                    ->prepare(
                        "SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB "
                        "'_fsdb_text(''" +
                        type + "''*'")
                    .value();
    EXPECT_TRUE(name.step().value());
    return quoteName(name.text(0));
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(SearchIndexTest, IsFullFromTheStartWhereThereAreNoDocuments) {
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{}}));
  insert(3, "t");

  EXPECT_FALSE(isSearchUnfilled(*connection_).value());
  EXPECT_EQ(found("word"), 3);
  EXPECT_TRUE(isConsistent());
}

TEST_F(SearchIndexTest, CostsASyncThatIsAboutToComeNothing) {
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{.later = true}}));
  insert(3, "t");
  EXPECT_EQ(found("word"), 0);
  ASSERT_TRUE(isSearchUnfilled(*connection_).value());

  EXPECT_FALSE(fillSearch(*connection_, [] { return true; }).value());

  EXPECT_EQ(found("word"), 3);
  EXPECT_TRUE(isConsistent());
}

TEST_F(SearchIndexTest, IsFilledInSteps) {
  insert(100, "t");
  insert(100, "other");
  insert(100, "t");
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{}}));

  int steps = 0;
  while (fillSearch(*connection_, [] { return false; }).value()) steps++;

  EXPECT_GT(steps, 3);
  EXPECT_EQ(found("word"), 200);
  EXPECT_EQ(connection_->queryInteger("SELECT indexed FROM _fsdb_fill").value(), 200);
  EXPECT_TRUE(isConsistent());
}

TEST_F(SearchIndexTest, TakesChangesOnBothSidesOfWhatHasBeenFilled) {
  insert(200, "t");
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{}}));
  ASSERT_TRUE(fillSearch(*connection_, [] { return false; }).value());

  ASSERT_TRUE(connection_->exec(
      "UPDATE documents SET document = '{\"text\":\"other\"}' WHERE seq IN (2, 150);"
      "DELETE FROM documents WHERE seq IN (3, 151);"));
  insert(1, "t");
  while (fillSearch(*connection_, [] { return false; }).value()) continue;

  EXPECT_EQ(found("word"), 197);
  EXPECT_EQ(found("other"), 2);
  EXPECT_TRUE(isConsistent());
}

TEST_F(SearchIndexTest, OtherPathsFillItAnew) {
  insert(3, "t");
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{}}));
  while (fillSearch(*connection_, [] { return true; }).value()) continue;

  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{.paths = {"name"}}}));
  EXPECT_TRUE(isSearchUnfilled(*connection_).value());
  while (fillSearch(*connection_, [] { return true; }).value()) continue;

  EXPECT_EQ(found("word"), 0);
  EXPECT_EQ(found("name"), 3);
  EXPECT_TRUE(isConsistent());
}

TEST_F(SearchIndexTest, AnotherDeclarationLeavesItAlone) {
  insert(3, "t");
  ASSERT_TRUE(declareCollection(*connection_, "t", {.search = SearchOptions{}}));
  while (fillSearch(*connection_, [] { return true; }).value()) continue;

  ASSERT_TRUE(declareCollection(*connection_, "t", {.indexes = {"n"}, .search = SearchOptions{}}));

  EXPECT_FALSE(isSearchUnfilled(*connection_).value());
  EXPECT_EQ(found("word"), 3);
}

}  // namespace
}  // namespace fsdb
