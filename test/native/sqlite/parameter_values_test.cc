#include "sqlite/parameter_values.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

class ParameterValuesTest : public testing::Test {
 protected:
  // What `sql` returns in its first column.
  Result<Value> select(const std::string& sql, const ParameterValues& values) {
    auto statement = connection_->prepare(sql);
    if (!statement) return std::move(statement).error();
    FSDB_TRY(bindAll(*statement, values));
    auto row = statement->step();
    if (!row) return std::move(row).error();
    return statement->value(0);
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

TEST_F(ParameterValuesTest, GivesPlainParametersTheValuesInOrder) {
  ParameterValues values;
  values.plain = {int64_t{1}, std::string("a\0b", 3), 2.5, Blob{"x"}, std::monostate()};

  const auto text =
      select("SELECT hex(?) || '|' || hex(?) || '|' || ? || typeof(?) || typeof(?)", values);

  EXPECT_EQ(std::get<std::string>(text.value()), "31|610062|2.5blobnull");
}

TEST_F(ParameterValuesTest, GivesNamedParametersTheMembersWithTheirNames) {
  ParameterValues values;
  values.hasNamed = true;
  values.named = {{"a", int64_t{1}, ""}, {"b", int64_t{2}, ""}, {"unused", {}, "a function"}};

  EXPECT_EQ(select("SELECT :a + @b * 10 + $a * 100", values).value(), Value(int64_t{121}));
}

TEST_F(ParameterValuesTest, NamesWhatIsMissingOrTooMuch) {
  ParameterValues none;
  ParameterValues two;
  two.plain = {int64_t{1}, int64_t{2}};
  ParameterValues empty;
  empty.hasNamed = true;
  ParameterValues wrong = empty;
  wrong.named = {{"a", {}, "is a function"}};

  EXPECT_EQ(select("SELECT ?", none).error().message, "Too few parameter values were provided");
  EXPECT_EQ(select("SELECT ?", two).error().message, "Too many parameter values were provided");
  EXPECT_EQ(select("SELECT :a", two).error().message, "Missing named parameters");
  EXPECT_EQ(select("SELECT :a", empty).error().message, "Missing named parameter \"a\"");
  EXPECT_EQ(select("SELECT :a", wrong).error().message, "is a function");
  EXPECT_EQ(select("SELECT :a", wrong).error().code, ErrorCode::kParse);
  EXPECT_EQ(select("SELECT 1", two).error().code, ErrorCode::kSql);
}

}  // namespace
}  // namespace fsdb
