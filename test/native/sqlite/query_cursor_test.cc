#include "sqlite/query_cursor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sqlite/migration.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

class QueryCursorTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(configureDatabase(*owner_));
    ASSERT_TRUE(owner_->exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)"));
    query_ = QueryConnection::open(directory_.path("a.db"), {}).value();
  }
  Result<std::unique_ptr<QueryCursor>> open(const std::string& sql) {
    return QueryCursor::open(*query_->connection, *query_->authorizer, sql, parameters_, false);
  }
  Result<size_t> count(const std::string& sql) {
    auto cursor = open(sql);
    if (!cursor) return std::move(cursor).error();
    size_t rows = 0;
    while (true) {
      auto batch = (*cursor)->next(cancelled_);
      if (!batch) return std::move(batch).error();
      if (!*batch) return rows;
      rows += (*batch)->rows;
    }
  }

  TempDirectory directory_;
  std::unique_ptr<Connection> owner_ = Connection::open(directory_.path("a.db")).value();
  std::unique_ptr<QueryConnection> query_;
  ParameterValues parameters_;
  std::atomic<bool> cancelled_ = false;
};

TEST_F(QueryCursorTest, GivesTheRowsInBatches) {
  EXPECT_EQ(count("SELECT t.a FROM t, t AS u, t AS v").value(), 8U);
  EXPECT_EQ(count("SELECT 1 WHERE 0").value(), 0U);
}

TEST_F(QueryCursorTest, KnowsItsColumnsAndTablesOnceItHasBegun) {
  auto cursor = open("SELECT a, 1 AS \"__proto__\" FROM t WHERE 0").value();
  ASSERT_TRUE(cursor->next(cancelled_));

  EXPECT_EQ(cursor->columns(), (std::vector<std::string>{"a", "__proto__"}));
  EXPECT_EQ(cursor->tables(), (std::set<std::string>{"t"}));
}

TEST_F(QueryCursorTest, CannotWrite) {
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "UPDATE t SET a = 1 RETURNING a", "DELETE FROM t",
        "DROP TABLE t", "CREATE TABLE u (a)", "VACUUM", "BEGIN IMMEDIATE", "PRAGMA user_version=7",
        "INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)"}) {
    EXPECT_FALSE(count(sql)) << sql;
  }
  EXPECT_EQ(owner_->queryInteger("SELECT count(*) FROM t").value(), 2);
}

TEST_F(QueryCursorTest, HasNamedLimits) {
  EXPECT_EQ(count("SELECT zeroblob(300000000)").error().code, ErrorCode::kLimit);
  EXPECT_EQ(count("SELECT " + std::string(1'000'001, ' ') + "1").error().code, ErrorCode::kLimit);
  EXPECT_FALSE(count("SELECT 'a' LIKE printf('%.*c', 1001, '%')"));
}

TEST_F(QueryCursorTest, EndsSoonAfterItIsCancelled) {
  cancelled_ = true;

  const auto counted = count(
      "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
      "SELECT count(*) FROM n");

  EXPECT_EQ(counted.error().code, ErrorCode::kTimeout);
}

TEST_F(QueryCursorTest, SeesAnotherSchema) {
  ASSERT_EQ(count("SELECT * FROM t").value(), 2U);
  ASSERT_TRUE(owner_->exec("ALTER TABLE t ADD COLUMN b"));
  auto cursor = open("SELECT * FROM t").value();
  ASSERT_TRUE(owner_->exec("ALTER TABLE t ADD COLUMN c"));

  ASSERT_TRUE(cursor->next(cancelled_));

  EXPECT_EQ(cursor->columns().size(), 3U);
}

}  // namespace
}  // namespace fsdb
