#include "sqlite/statement.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

class StatementTest : public testing::Test {
 protected:
  Statement prepare(std::string_view sql) { return connection_->prepare(sql).value(); }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

TEST_F(StatementTest, BindsAndReturnsEveryKindOfValue) {
  const Value values[] = {std::monostate(),
                          int64_t{std::numeric_limits<int64_t>::min()},
                          2.5,
                          std::string("text \0 with NUL", 15),
                          Blob{std::string("\0\xff", 2)},
                          std::string(),
                          Blob{}};
  auto statement = prepare("SELECT ?1");
  for (const Value& value : values) {
    ASSERT_TRUE(statement.bind(1, value));

    ASSERT_TRUE(statement.step().value());

    EXPECT_EQ(statement.value(0), value);
    EXPECT_EQ(statement.isNull(0), value.index() == 0);
    statement.reset();
  }
}

TEST_F(StatementTest, AnEmptyTextIsNotNull) {
  auto statement = prepare("SELECT ?1 IS NULL, ?2 IS NULL, ?3 IS NULL, typeof(?3), ?4 IS NULL");
  ASSERT_TRUE(statement.bind(1, std::string_view()));
  ASSERT_TRUE(statement.bindStatic(2, std::string_view()));
  ASSERT_TRUE(statement.bindBlob(3, std::string_view()));
  ASSERT_TRUE(statement.bind(4, nullptr));

  ASSERT_TRUE(statement.step().value());

  EXPECT_EQ(statement.integer(0), 0);
  EXPECT_EQ(statement.integer(1), 0);
  EXPECT_EQ(statement.integer(2), 0);
  EXPECT_EQ(statement.text(3), "blob");
  EXPECT_EQ(statement.integer(4), 1);
}

TEST_F(StatementTest, CopiesTextUnlessToldOtherwise) {
  auto statement = prepare("SELECT ?1");
  std::string text = "before";
  ASSERT_TRUE(statement.bind(1, text));

  text = "behind";

  ASSERT_TRUE(statement.step().value());
  EXPECT_EQ(statement.text(0), "before");
}

TEST_F(StatementTest, StartsAgainAfterItsEnd) {
  auto statement = prepare("SELECT 1 UNION SELECT 2");
  for (int round = 0; round < 2; round++) {
    EXPECT_TRUE(statement.step().value());
    EXPECT_TRUE(statement.step().value());
    EXPECT_EQ(statement.integer(0), 2);
    EXPECT_FALSE(statement.step().value());
  }
}

TEST_F(StatementTest, HoldsNoLockAfterAnError) {
  ASSERT_TRUE(connection_->exec("CREATE TABLE t (a CHECK (a > 0))"));
  auto statement = prepare("INSERT INTO t VALUES (?1)");
  ASSERT_TRUE(statement.bind(1, 0));
  EXPECT_EQ(statement.run().error().code, ErrorCode::kConstraint);

  // An open statement would make this fail with "database table is locked".
  EXPECT_TRUE(connection_->exec("DROP TABLE t"));
}

TEST_F(StatementTest, RunsAgainAfterAnError) {
  ASSERT_TRUE(connection_->exec("CREATE TABLE t (a CHECK (a > 0))"));
  auto statement = prepare("INSERT INTO t VALUES (?1)");
  ASSERT_TRUE(statement.bind(1, 0));
  ASSERT_FALSE(statement.run());

  ASSERT_TRUE(statement.bind(1, 1));

  EXPECT_TRUE(statement.run());
}

TEST_F(StatementTest, AParameterThatIsNotThereIsOurBug) {
  auto statement = prepare("SELECT ?1");

  EXPECT_EQ(statement.bind(2, 1).error().code, ErrorCode::kInternal);
  EXPECT_EQ(statement.bind(0, 1).error().code, ErrorCode::kInternal);
}

TEST_F(StatementTest, ATextThatIsTooLongForSqliteIsALimit) {
  auto statement = prepare("SELECT ?1 || ?1");
  // Never read: SQLite looks at the length first.
  const std::string_view endless("x", size_t{3'000'000'000});

  EXPECT_EQ(statement.bindStatic(1, endless).error().code, ErrorCode::kLimit);
}

TEST_F(StatementTest, ForgetsItsValuesWhenTold) {
  auto statement = prepare("SELECT ?1");
  ASSERT_TRUE(statement.bind(1, 7.5));

  statement.clearBindings();

  ASSERT_TRUE(statement.step().value());
  EXPECT_TRUE(statement.isNull(0));
  EXPECT_EQ(statement.text(0), "");
  EXPECT_EQ(statement.columnCount(), 1);
}

TEST_F(StatementTest, MovesWithoutLosingItsPlace) {
  auto first = prepare("SELECT 1 UNION SELECT 2");
  ASSERT_TRUE(first.step().value());

  Statement second = std::move(first);
  EXPECT_TRUE(second.step().value());
  EXPECT_EQ(second.integer(0), 2);
  Statement third;
  third = std::move(second);

  EXPECT_TRUE(third);
  EXPECT_FALSE(third.step().value());
}

}  // namespace
}  // namespace fsdb
