#include "sqlite/authorizer.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace fsdb {
namespace {

using Access = Authorizer::Access;

class AuthorizerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        connection_->exec("CREATE TABLE t (a); CREATE TABLE u (b);"
                          "CREATE VIEW v AS SELECT a FROM t;"
                          "CREATE VIRTUAL TABLE words USING fts5 (text);"
                          "CREATE VIRTUAL TABLE boxes USING rtree (id, low, high);"));
  }

  bool allows(Access access, const std::string& sql) {
    const AllowedAccess allowed(authorizer_, access);
    auto prepared = connection_->prepare(sql);
    if (!prepared) {
      EXPECT_TRUE(prepared.error().message.starts_with("not authorized"))
          << sql << ": " << prepared.error().message;
    }
    return prepared.ok();
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
  Authorizer authorizer_{*connection_};
};

TEST_F(AuthorizerTest, NeverAllowsWhatReachesBeyondTheStatementItself) {
  for (const char* sql : {"BEGIN",
                          "COMMIT",
                          "ROLLBACK",
                          "SAVEPOINT s",
                          "RELEASE s",
                          "ATTACH ':memory:' AS other",
                          "DETACH main",
                          "SELECT load_extension('x')",
                          "PRAGMA journal_mode=DELETE",
                          "PRAGMA query_only=0",
                          "PRAGMA writable_schema=1",
                          "PRAGMA synchronous=OFF",
                          "PRAGMA wal_checkpoint(TRUNCATE)",
                          "PRAGMA locking_mode=EXCLUSIVE",
                          "PRAGMA foreign_keys=0",
                          "PRAGMA optimize",
                          "PRAGMA wal_autocheckpoint=0",
                          "PRAGMA hard_heap_limit=1",
                          "PRAGMA main.busy_timeout=1",
                          "CREATE TEMP TABLE x (a)",
                          "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END"}) {
    EXPECT_FALSE(allows(Access::kReading, sql)) << sql;
    EXPECT_FALSE(allows(Access::kWriting, sql)) << sql;
  }
}

TEST_F(AuthorizerTest, AllowsReadersToReadAndToBeTold) {
  for (const char* sql :
       {"SELECT count(*), upper(a) FROM v JOIN u", "PRAGMA table_info(t)", "PRAGMA user_version",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
        "SELECT * FROM words WHERE words MATCH 'a'", "SELECT * FROM boxes WHERE low > 1",
        "EXPLAIN QUERY PLAN SELECT * FROM t", "PRAGMA data_version", "PRAGMA Table_List",
        "SELECT * FROM pragma_table_info('t')", "SELECT json_extract('{}', '$')"}) {
    EXPECT_TRUE(allows(Access::kReading, sql)) << sql;
  }
}

TEST_F(AuthorizerTest, AllowsOnlyWritersToChangeTheSchema) {
  for (const char* sql : {"CREATE TABLE x (a)", "DROP TABLE t", "ALTER TABLE t ADD COLUMN z",
                          "CREATE INDEX i ON t (a)", "PRAGMA user_version=3", "ANALYZE",
                          "CREATE VIRTUAL TABLE more USING fts5 (text)"}) {
    EXPECT_FALSE(allows(Access::kReading, sql)) << sql;
    EXPECT_TRUE(allows(Access::kWriting, sql)) << sql;
  }
}

TEST_F(AuthorizerTest, AllowsOurOwnStatementsEverything) {
  EXPECT_TRUE(allows(Access::kAll, "ATTACH ':memory:' AS other"));
}

TEST_F(AuthorizerTest, CollectsTheTablesThatAreRead) {
  (void)allows(Access::kReading, "SELECT count(*) FROM v WHERE EXISTS (SELECT 1 FROM u)");

  const auto tables = authorizer_.takeTablesRead();

  EXPECT_TRUE(tables.contains("t"));
  EXPECT_TRUE(tables.contains("u"));
  EXPECT_FALSE(tables.contains("words"));
  EXPECT_TRUE(authorizer_.takeTablesRead().empty());
}

}  // namespace
}  // namespace fsdb
