#include "documents/collection_schema.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "documents/document_table.h"
#include "documents/search_index.h"

namespace fsdb {
namespace {

class CollectionSchemaTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(
        connection_->exec(std::string(DocumentTable::kSchema) + kCollectionSchema + kSearchSchema));
  }

  void put(const std::string& type, const std::string& id, const std::string& json) {
    auto statement = connection_
                         ->prepare(
                             "INSERT INTO documents (type, id, name, version, created_at, "
                             "updated_at, document) VALUES (?1, ?2, ?2, 1, '', '', ?3) "
                             "ON CONFLICT (type, id) DO UPDATE SET document = excluded.document")
                         .value();
    ASSERT_TRUE(statement.bind(1, std::string_view(type)));
    ASSERT_TRUE(statement.bind(2, std::string_view(id)));
    ASSERT_TRUE(statement.bind(3, std::string_view(json)));
    ASSERT_TRUE(statement.run());
  }

  std::vector<std::string> column(const std::string& sql) {
    auto statement = connection_->prepare(sql).value();
    std::vector<std::string> texts;
    while (statement.step().value()) texts.emplace_back(statement.text(0));
    return texts;
  }

  CollectionOptions declared(const std::string& type) {
    return CollectionCatalog::create(*connection_)->options(type).value();
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(CollectionSchemaTest, RemembersWhatIsDeclared) {
  const CollectionOptions all{.indexes = {"a", "b.c"},
                              .unique = {"d"},
                              .fromFiles = true,
                              .keep = KeepOptions{.newest = 5, .per = "e", .olderThanMs = 7},
                              .references = "f",
                              .tags = "g"};
  ASSERT_TRUE(declareCollection(*connection_, "t", all));

  EXPECT_EQ(declared("t"), all);
  EXPECT_EQ(declared("other"), CollectionOptions{});

  ASSERT_TRUE(declareCollection(*connection_, "t", {}));
  EXPECT_EQ(declared("t"), CollectionOptions{});
  EXPECT_TRUE(column("SELECT name FROM sqlite_schema WHERE name GLOB '_fsdb_*(*'").empty());
}

TEST_F(CollectionSchemaTest, LeavesWhatStaysAlone) {
  ASSERT_TRUE(declareCollection(*connection_, "t", {.indexes = {"a", "b"}, .tags = "g"}));
  const auto before = column("SELECT rootpage FROM sqlite_schema WHERE name GLOB '*''a'')'");

  ASSERT_TRUE(declareCollection(*connection_, "t", {.indexes = {"a", "c"}, .tags = "g"}));

  EXPECT_EQ(column("SELECT rootpage FROM sqlite_schema WHERE name GLOB '*''a'')'"), before);
  EXPECT_EQ(column("SELECT name FROM sqlite_schema WHERE name GLOB '_fsdb_index(*' ORDER BY 1"),
            (std::vector<std::string>{"_fsdb_index('t', 'a')", "_fsdb_index('t', 'c')"}));
}

TEST_F(CollectionSchemaTest, AnotherKindOfUniqueIsMadeAnew) {
  put("t", "1", R"({"a":1})");
  put("t", "2", R"({"a":1})");

  EXPECT_TRUE(declareCollection(*connection_, "t", {.unique = {"a"}, .fromFiles = true}));
  const auto hard = declareCollection(*connection_, "t", {.unique = {"a"}});

  ASSERT_FALSE(hard);
  EXPECT_EQ(hard.error().code, ErrorCode::kConstraint);
  EXPECT_EQ(hard.error().message,
            "unique a: the documents \"1\" and \"2\" of type \"t\" both have 1");
}

TEST_F(CollectionSchemaTest, SideTablesHaveWhatWasThereBefore) {
  put("t", "1", R"({"g":["x"],"f":["2"],"e":"p"})");
  put("u", "1", R"({"g":["y"],"f":["2"],"e":"q"})");
  const CollectionOptions options{
      .keep = KeepOptions{.newest = 5, .per = "e"}, .references = "f", .tags = "g"};

  ASSERT_TRUE(declareCollection(*connection_, "t", options));

  EXPECT_EQ(column("SELECT tag FROM _fsdb_tags"), std::vector<std::string>{"x"});
  EXPECT_EQ(column("SELECT target_type || target_id FROM _fsdb_references"),
            std::vector<std::string>{"t2"});
  EXPECT_EQ(column("SELECT value || count FROM _fsdb_keep"), std::vector<std::string>{"p1"});

  ASSERT_TRUE(declareCollection(*connection_, "t", {}));
  for (const char* table : {"_fsdb_tags", "_fsdb_references", "_fsdb_keep"}) {
    EXPECT_TRUE(column(std::string("SELECT type FROM ") + table).empty()) << table;
  }
}

TEST_F(CollectionSchemaTest, SideTablesFollowPlainSqlAsWell) {
  const CollectionOptions options{.keep = KeepOptions{.newest = 5}, .references = "f", .tags = "g"};
  ASSERT_TRUE(declareCollection(*connection_, "t", options));
  ASSERT_TRUE(declareCollection(*connection_, "u", options));
  put("t", "1", R"({"g":["x","x"],"f":["2","3"]})");
  put("t", "2", R"({"g":"text","f":{"id":"1"}})");
  put("v", "1", R"({"g":["x"],"f":["2"]})");

  ASSERT_TRUE(connection_->exec("UPDATE documents SET type = 'u' WHERE type = 't' AND id = '1'"));

  EXPECT_EQ(column("SELECT type || tag || whole FROM _fsdb_tags ORDER BY 1"),
            (std::vector<std::string>{"ttext1", "ux0"}));
  EXPECT_EQ(column("SELECT type || target_type || target_id FROM _fsdb_references ORDER BY 1"),
            (std::vector<std::string>{"uu2", "uu3"}));
  EXPECT_EQ(column("SELECT type || count FROM _fsdb_keep ORDER BY 1"),
            (std::vector<std::string>{"t1", "u1"}));

  ASSERT_TRUE(connection_->exec("DELETE FROM documents"));
  for (const char* table : {"_fsdb_tags", "_fsdb_references", "_fsdb_keep"}) {
    EXPECT_TRUE(column(std::string("SELECT type FROM ") + table).empty()) << table;
  }
}

TEST_F(CollectionSchemaTest, AChangeElsewhereInTheDocumentTouchesNoSideTable) {
  ASSERT_TRUE(declareCollection(*connection_, "t", {.references = "f", .tags = "g"}));
  put("t", "1", R"({"g":["x"],"f":["2"],"n":1})");
  const int64_t before = connection_->totalChanges();

  put("t", "1", R"({"g":["x"],"f":["2"],"n":2})");

  EXPECT_EQ(connection_->totalChanges() - before, 1);
}

TEST_F(CollectionSchemaTest, ATypeThatDeclaresNothingHasNothing) {
  ASSERT_TRUE(declareCollection(*connection_, "t", {.tags = "g"}));
  ASSERT_TRUE(declareCollection(*connection_, "u", {}));

  EXPECT_EQ(column("SELECT count(*) FROM sqlite_schema WHERE name GLOB '_fsdb_*(*'"),
            std::vector<std::string>{"3"});
}

TEST_F(CollectionSchemaTest, NamesThePathThatIsWrong) {
  const auto message = [&](const CollectionOptions& options) {
    return schemaOf("t", options).error().message;
  };
  EXPECT_TRUE(message({.indexes = {"a..b"}}).starts_with("indexes a..b: "));
  EXPECT_TRUE(message({.references = "a["}).starts_with("references a[: "));
  EXPECT_TRUE(message({.tags = "id"}).starts_with("tags id: is a column"));
  EXPECT_TRUE(
      message({.keep = KeepOptions{.newest = 1, .per = "seq"}}).starts_with("keep.per seq"));
}

}  // namespace
}  // namespace fsdb
