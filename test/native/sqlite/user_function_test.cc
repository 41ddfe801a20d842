#include "sqlite/user_function.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

class UserFunctionTest : public testing::Test {
 protected:
  Value query(const std::string& sql) {
    auto statement = connection_->prepare(sql);
    if (!statement) return "prepare: " + statement.error().message;
    auto row = statement->step();
    if (!row) return "step: " + row.error().message;
    return statement->value(0);
  }

  static FunctionOptions taking(int arguments) {
    FunctionOptions options;
    options.arguments = arguments;
    return options;
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

TEST_F(UserFunctionTest, TakesAndReturnsEveryKindOfValue) {
  const auto echo = [](const FunctionArguments& arguments, FunctionOutcome& outcome) {
    switch (arguments.type(0)) {
      case ValueType::kInteger:
        return outcome.set(arguments.integer(0));
      case ValueType::kReal:
        return outcome.set(arguments.real(0));
      case ValueType::kText:
        return outcome.setText(arguments.text(0));
      case ValueType::kBlob:
        return outcome.setBlob(arguments.blob(0));
      case ValueType::kNull:
        return outcome.setNull();
    }
  };
  ASSERT_TRUE(defineFunction(*connection_, "echo", taking(1), echo));

  EXPECT_EQ(query("SELECT echo(7)"), Value(int64_t{7}));
  EXPECT_EQ(query("SELECT echo(1.5)"), Value(1.5));
  EXPECT_EQ(query("SELECT echo('text')"), Value("text"));
  EXPECT_EQ(query("SELECT echo('')"), Value(""));
  EXPECT_EQ(query("SELECT echo(x'00ff')"), Value(Blob{std::string("\0\xff", 2)}));
  EXPECT_EQ(query("SELECT echo(x'')"), Value(Blob{}));
  EXPECT_EQ(query("SELECT echo(NULL)"), Value());
}

TEST_F(UserFunctionTest, FailsTheStatementWithItsMessage) {
  const auto fail = [](const FunctionArguments&, FunctionOutcome& outcome) {
    outcome.fail("not today");
  };
  ASSERT_TRUE(defineFunction(*connection_, "fail", taking(0), fail));

  EXPECT_EQ(query("SELECT fail()"), Value("step: not today"));
  EXPECT_EQ(query("SELECT 1"), Value(int64_t{1}));
}

TEST_F(UserFunctionTest, EndsWithItsConnectionOrWhenItIsReplaced) {
  const auto held = std::make_shared<int>(1);
  const auto hold = [held](const FunctionArguments&, FunctionOutcome&) {};
  ASSERT_TRUE(defineFunction(*connection_, "hold", taking(0), hold));
  ASSERT_TRUE(defineFunction(*connection_, "hold", taking(1), hold));
  ASSERT_TRUE(defineFunction(*connection_, "HOLD", taking(0),
                             [](const FunctionArguments&, FunctionOutcome&) {}));
  EXPECT_FALSE(defineFunction(*connection_, "", taking(0), hold));
  EXPECT_FALSE(defineFunction(*connection_, "too many", taking(5000), hold));
  EXPECT_EQ(held.use_count(), 3);  // `held`, `hold` and the function of one argument

  connection_.reset();

  EXPECT_EQ(held.use_count(), 2);
}

struct Counts {
  int started = 0;
  int ended = 0;
};

class Sum final : public Aggregation {
 public:
  explicit Sum(Counts& counts) : counts_(counts) { counts_.started++; }
  ~Sum() override { counts_.ended++; }
  void step(const FunctionArguments& arguments, FunctionOutcome& outcome) override {
    if (arguments.integer(0) == 13) return outcome.fail("unlucky");
    sum_ += arguments.integer(0);
  }
  void inverse(const FunctionArguments& arguments, FunctionOutcome&) override {
    sum_ -= arguments.integer(0);
  }
  void value(FunctionOutcome& outcome) override { outcome.set(sum_); }

 private:
  Counts& counts_;
  int64_t sum_ = 0;
};

TEST_F(UserFunctionTest, AggregatesGroupsAndWindowsAndEndsEachOnce) {
  Counts counts;
  AggregateFunction sum;
  sum.start = [&counts] { return std::make_unique<Sum>(counts); };
  sum.window = true;
  ASSERT_TRUE(defineAggregate(*connection_, "own_sum", taking(1), sum));

  EXPECT_EQ(query("SELECT own_sum(column1) FROM (VALUES (1), (2), (3))"), Value(int64_t{6}));
  EXPECT_EQ(query("SELECT own_sum(column1) FROM (VALUES (1)) WHERE 0"), Value(int64_t{0}));
  EXPECT_EQ(query("SELECT group_concat(s) FROM (SELECT own_sum(column1) OVER (ORDER BY column1 "
                  "ROWS 1 PRECEDING) AS s FROM (VALUES (1), (2), (3)))"),
            Value("1,3,5"));
  EXPECT_EQ(query("SELECT own_sum(column1) FROM (VALUES (1), (13), (3))"), Value("step: unlucky"));

  EXPECT_GE(counts.started, 4);
  EXPECT_EQ(counts.started, counts.ended);
}

TEST_F(UserFunctionTest, AnAggregateThatCannotStartFailsTheStatement) {
  AggregateFunction none;
  none.start = [] { return std::unique_ptr<Aggregation>(); };
  ASSERT_TRUE(defineAggregate(*connection_, "none", taking(1), none));

  EXPECT_EQ(query("SELECT none(1)"), Value("step: an aggregate could not start"));
}

}  // namespace
}  // namespace fsdb
