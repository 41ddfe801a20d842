#include "sqlite/row_source.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

class Rows final : public RowSource {
 public:
  explicit Rows(std::vector<std::vector<ValueView>> rows) : rows_(std::move(rows)) {}
  size_t size() const override { return rows_.size(); }
  ValueView value(size_t row, int column) const override {
    const auto& values = rows_[row];
    return static_cast<size_t>(column) < values.size() ? values[static_cast<size_t>(column)]
                                                       : ValueView();
  }

 private:
  std::vector<std::vector<ValueView>> rows_;
};

class RowSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(connection_->exec("CREATE TABLE t(a UNIQUE, b)"));
  }
  Result<void> insert(const Rows& rows) {
    auto statement = connection_->prepare("INSERT INTO t SELECT c0, c1 FROM _fsdb_rows(?1)");
    EXPECT_TRUE(statement);
    EXPECT_TRUE(statement->bindRows(1, rows));
    return statement->run();
  }
  std::string stored() {
    auto statement =
        connection_->prepare("SELECT group_concat(quote(a) || ':' || quote(b), ' ') FROM t");
    EXPECT_TRUE(statement->step().value());
    return std::string(statement->text(0));
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(RowSourceTest, InsertsValuesOfEveryTypeInTheirOrder) {
  using namespace std::string_view_literals;

  ASSERT_TRUE(insert(Rows({{"x"sv, int64_t{-1}}, {"\u00e9"sv, BlobView{"\0\1"sv}}, {""sv}})));

  EXPECT_EQ(stored(), "'x':-1 '\u00e9':X'0001' '':NULL");
}

TEST_F(RowSourceTest, ARowThatBreaksAConstraintTakesTheWholeStatementBack) {
  ASSERT_TRUE(connection_->exec("INSERT INTO t VALUES (7, NULL)"));

  const Rows rows(std::vector<std::vector<ValueView>>{{int64_t{1}}, {int64_t{7}}, {int64_t{2}}});

  const auto outcome = insert(rows);

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kConstraint);
  EXPECT_EQ(stored(), "7:NULL");
}

TEST_F(RowSourceTest, IsEmptyForWhoeverHasNoRowsToGive) {
  for (const char* sql : {"SELECT count(*) FROM _fsdb_rows", "SELECT count(*) FROM _fsdb_rows(1)",
                          "SELECT count(*) FROM _fsdb_rows('fsdb-rows')"}) {
    EXPECT_EQ(connection_->queryInteger(sql).value(), 0) << sql;
  }
}

TEST_F(RowSourceTest, CannotHideInTheSchemaOfAFile) {
  ASSERT_TRUE(connection_->exec("CREATE VIEW v AS SELECT * FROM _fsdb_rows(1)"));

  EXPECT_FALSE(connection_->queryInteger("SELECT count(*) FROM v"));
}

}  // namespace
}  // namespace fsdb
