#include "sqlite/statement_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace fsdb {
namespace {

class StatementCacheTest : public testing::Test {
 protected:
  sqlite3_stmt* handleOf(const std::string& sql) { return (*cache_.prepare(sql).value()).handle(); }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
  StatementCache cache_{*connection_, 2};
};

TEST_F(StatementCacheTest, PreparesTheSameSqlOnce) {
  auto* first = handleOf("SELECT 1");

  EXPECT_NE(handleOf("SELECT 2"), first);
  EXPECT_EQ(handleOf("SELECT 1"), first);
}

TEST_F(StatementCacheTest, LetsTheOneGoThatWasNotUsedForLongest) {
  auto* kept = handleOf("SELECT 1");
  (void)handleOf("SELECT 2");
  (void)handleOf("SELECT 1");
  (void)handleOf("SELECT 3");

  EXPECT_EQ(handleOf("SELECT 1"), kept);
  EXPECT_EQ(cache_.prepare("SELECT 2").value()->sql(), "SELECT 2");
}

TEST_F(StatementCacheTest, KeepsNothingThatFails) {
  EXPECT_EQ(cache_.prepare("SELECT missing").error().message, "no such column: missing");
  ASSERT_TRUE(connection_->exec("CREATE TABLE t (missing)"));

  EXPECT_TRUE(cache_.prepare("SELECT missing FROM t"));
}

}  // namespace
}  // namespace fsdb
