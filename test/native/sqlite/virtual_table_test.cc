#include "sqlite/virtual_table.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

// The numbers below the first parameter; fails at 13.
class Numbers final : public TableReading {
 public:
  explicit Numbers(int& open) : open_(open) { open_++; }
  ~Numbers() override { open_--; }

  Result<bool> start(const std::vector<std::optional<Value>>& parameters) override {
    if (parameters[0]) end_ = std::get<int64_t>(*parameters[0]);
    return next();
  }
  Result<bool> next() override {
    if (++at_ == 13) {
      Error error;
      error.message = "unlucky";
      return error;
    }
    return at_ < end_;
  }
  void column(int index, FunctionOutcome& outcome) override { outcome.set(at_ * (index + 1)); }

 private:
  int& open_;
  int64_t at_ = -1;
  int64_t end_ = 0;
};

class VirtualTableTest : public testing::Test {
 protected:
  VirtualTableTest() {
    const auto make = [this](const TableRequest& request) -> Result<TableDefinition> {
      requests_.push_back(request);
      TableDefinition definition;
      definition.columns = {"n", "\"twice\""};
      definition.parameters = {"end"};
      definition.open = [this] { return std::make_unique<Numbers>(open_); };
      return definition;
    };
    EXPECT_TRUE(defineTable(*connection_, "numbers", TableKind::kReady, make));
    EXPECT_TRUE(defineTable(*connection_, "counting", TableKind::kModule, make));
  }

  std::string query(const std::string& sql) {
    auto statement = connection_->prepare(sql);
    if (!statement) return "prepare: " + statement.error().message;
    auto row = statement->step();
    if (!row) return "step: " + row.error().message;
    return *row ? std::string(statement->text(0)) : "no row";
  }

  int open_ = 0;
  std::vector<TableRequest> requests_;
  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

TEST_F(VirtualTableTest, HasTheRowsOfItsSource) {
  EXPECT_EQ(query("SELECT group_concat(n || '=' || \"\"\"twice\"\"\") FROM numbers(3)"),
            "0=0,1=2,2=4");
  EXPECT_EQ(query("SELECT count(*) FROM numbers"), "0");
  EXPECT_EQ(query("SELECT sum(b.n) FROM numbers AS b JOIN numbers(4) AS a ON b.end = a.n"), "4");
  EXPECT_EQ(open_, 0);
}

TEST_F(VirtualTableTest, FailsTheStatementWithTheErrorOfItsSource) {
  EXPECT_EQ(query("SELECT count(*) FROM numbers(12)"), "12");
  EXPECT_EQ(query("SELECT count(*) FROM numbers(20)"), "step: unlucky");
  EXPECT_EQ(query("SELECT n FROM numbers(20)"), "0");
  EXPECT_EQ(open_, 0);
}

TEST_F(VirtualTableTest, AReadyTableNeedsNoCreateAndAModuleDoes) {
  EXPECT_EQ(query("SELECT n FROM counting(1)"), "prepare: no such table: counting");
  EXPECT_FALSE(connection_->exec("CREATE VIRTUAL TABLE x USING numbers"));
  ASSERT_TRUE(connection_->exec("CREATE VIRTUAL TABLE made USING counting(a, 'b c')"));
  ASSERT_TRUE(connection_->exec("CREATE VIRTUAL TABLE bare USING counting()"));

  EXPECT_EQ(query("SELECT n FROM made WHERE end = 1"), "0");
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[0].module, "counting");
  EXPECT_EQ(requests_[0].database, "main");
  EXPECT_EQ(requests_[0].name, "made");
  EXPECT_EQ(requests_[0].arguments, (std::vector<std::string>{"a", "'b c'"}));
  EXPECT_TRUE(requests_[1].arguments.empty());
}

TEST_F(VirtualTableTest, SaysWhyATableCannotBeMade) {
  const auto refuse = [](const TableRequest&) -> Result<TableDefinition> {
    Error error;
    error.message = "no tables today";
    return error;
  };
  ASSERT_TRUE(defineTable(*connection_, "refusing", TableKind::kModule, refuse));

  const auto made = connection_->exec("CREATE VIRTUAL TABLE x USING refusing");

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "no tables today");
}

TEST_F(VirtualTableTest, TheModuleEndsWithTheConnection) {
  const auto held = std::make_shared<int>(1);
  const auto hold = [held](const TableRequest&) -> Result<TableDefinition> { return Error(); };
  ASSERT_TRUE(defineTable(*connection_, "held", TableKind::kModule, hold));
  EXPECT_EQ(held.use_count(), 3);

  connection_.reset();

  EXPECT_EQ(held.use_count(), 2);
}

}  // namespace
}  // namespace fsdb
