#include "sqlite/write_statements.h"

#include <gtest/gtest.h>

#include <memory>

namespace fsdb {
namespace {

class WriteStatementsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(connection_->exec("CREATE TABLE t (a UNIQUE)")); }

  static WriteStatement insert(int64_t value) {
    WriteStatement statement{"INSERT INTO t VALUES (?)", {}};
    statement.parameters.plain = {value};
    return statement;
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
  StatementCache cache_{*connection_, 4};
};

TEST_F(WriteStatementsTest, TellsOfEachStatementWhatItChanged) {
  const auto results = runStatements(
      *connection_, cache_,
      {insert(1), insert(2), {"UPDATE t SET a = a + 10", {}}, {"SELECT * FROM t", {}}});

  ASSERT_EQ(results.value().size(), 4U);
  EXPECT_EQ(results.value()[1].lastInsertRowid, 2);
  EXPECT_EQ(results.value()[2].changes, 2);
  EXPECT_EQ(results.value()[3].changes, 0);
}

TEST_F(WriteStatementsTest, EndsWithTheFirstFailureAndCanBeUsedAgain) {
  const auto failed =
      runStatements(*connection_, cache_, {insert(1), insert(1), {"DROP TABLE t", {}}});

  EXPECT_EQ(failed.error().message, "UNIQUE constraint failed: t.a");
  EXPECT_TRUE(runStatements(*connection_, cache_, {insert(2)}));
  EXPECT_TRUE(runStatements(*connection_, cache_, {{"DROP TABLE t", {}}}));
}

}  // namespace
}  // namespace fsdb
