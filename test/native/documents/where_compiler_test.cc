#include "documents/where_compiler.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "documents/collection_schema.h"
#include "documents/document_table.h"
#include "documents/query_cases.h"
#include "documents/search_index.h"

namespace fsdb {
namespace {

class WhereCompilerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        connection_->exec(std::string(DocumentTable::kSchema) + kCollectionSchema + kSearchSchema));
    auto table = DocumentTable::create(*connection_).value();
    for (const auto& [id, json] : json_.members(json_.member(kFile, "documents"))) {
      ASSERT_TRUE(table.insert({"persona", id, id, json, "", ""}, "now").value());
    }
  }

  Result<std::vector<std::string>> ids(const QueryValue& where) {
    std::vector<Value> values;
    auto condition = compileWhere(where, values);
    if (!condition) return std::move(condition).error();
    auto statement =
        connection_->prepare("SELECT id FROM documents WHERE " + *condition + " ORDER BY seq");
    if (!statement) return std::move(statement).error();
    for (size_t i = 0; i < values.size(); i++) {
      FSDB_TRY(statement->bind(static_cast<int>(i) + 1, values[i]));
    }
    std::vector<std::string> found;
    for (;;) {
      auto row = statement->step();
      if (!row) return std::move(row).error();
      if (!*row) return found;
      found.emplace_back(statement->text(0));
    }
  }
  std::string messageOf(const QueryValue& where) {
    const auto found = ids(where);
    if (found) return "no error";
    EXPECT_EQ(found.error().code, ErrorCode::kParse) << found.error().message;
    return found.error().message;
  }

  static constexpr char kFile[] = "documents/where.json";
  JsonReader json_;
  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

QueryValue object(std::string key, QueryValue value) {
  QueryValue::Object members;
  members.emplace_back(std::move(key), std::move(value));
  return {std::move(members)};
}

TEST_F(WhereCompilerTest, FindsWhatJavaScriptWouldFind) {
  const auto cases = json_.elements(json_.member(kFile, "cases"));
  ASSERT_GT(cases.size(), 60U);
  for (const std::string& text : cases) {
    const auto parts = json_.elements(text);
    SCOPED_TRACE(parts[0] + " " + parts[1]);
    std::vector<std::string> expected;
    for (const auto& id : json_.elements(parts[2])) expected.push_back(json_.text(id));

    const auto found = ids(json_.read(parts[1]));

    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, expected);
  }
}

TEST_F(WhereCompilerTest, AnErrorNamesThePartThatIsWrong) {
  const auto cases = json_.elements(json_.member(kFile, "errors"));
  ASSERT_GT(cases.size(), 20U);
  for (const std::string& text : cases) {
    const auto parts = json_.elements(text);
    SCOPED_TRACE(parts[0]);

    EXPECT_EQ(messageOf(json_.read(parts[0])), json_.text(parts[1]));
  }
}

TEST_F(WhereCompilerTest, APathThatIsNoneIsAnError) {
  for (const char* path : {"", "a.", "a[", "a[x]", "$.", "a..b"}) {
    const auto message = messageOf(object(path, {int64_t{1}}));

    EXPECT_TRUE(message.starts_with("where." + std::string(path) + ": ")) << message;
  }
}

TEST_F(WhereCompilerTest, ANumberMustBeFinite) {
  for (const double number :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(messageOf(object("age", {number})), "where.age: is not a finite number");
    EXPECT_EQ(messageOf(object("age", object("lt", {number}))),
              "where.age.lt: is not a finite number");
  }
}

TEST_F(WhereCompilerTest, NestsToItsLimitAndNoDeeper) {
  QueryValue where = object("age", {int64_t{18}});
  for (int i = 1; i < kMaxWhereDepth; i++) where = object("not", std::move(where));
  EXPECT_EQ(ids(where).value().size(), 4U);  // an odd number of times not

  EXPECT_EQ(messageOf(object("not", std::move(where))), "where: nested deeper than 32 levels");
}

TEST_F(WhereCompilerTest, TakesConditionsUpToItsLimitAndNoMore) {
  QueryValue::Array conditions;
  for (int i = 0; i < kMaxWhereConditions / 2; i++) {
    conditions.push_back(object("age", {int64_t{i}}));
  }
  EXPECT_EQ(ids(object("or", {conditions})).value(), (std::vector<std::string>{"ada", "bob"}));

  conditions.push_back(object("age", {int64_t{0}}));
  EXPECT_EQ(messageOf(object("or", {conditions})), "where.or: more than 1000 conditions");
}

TEST_F(WhereCompilerTest, TakesValuesUpToItsLimitAndNoMore) {
  QueryValue::Array values(kMaxWhereValues, QueryValue{int64_t{18}});
  EXPECT_EQ(ids(object("age", object("in", {values}))).value(), (std::vector<std::string>{"bob"}));

  values.resize(kMaxWhereValues + 1);
  EXPECT_EQ(messageOf(object("age", object("in", {values}))),
            "where.age.in[10000]: more than 10000 values");
}

TEST_F(WhereCompilerTest, APatternHasALimit) {
  EXPECT_EQ(messageOf(object("name", object("glob", {std::string(1001, '*')}))),
            "where.name.glob: the pattern is longer than 1000 bytes");
}

TEST_F(WhereCompilerTest, QueriesThatDifferInTheirValuesOnlyAreOneStatement) {
  std::vector<Value> values;

  const auto first = compileWhere(json_.read(R"({"age": 5, "name": "a"})"), values).value();
  values.clear();
  const auto second = compileWhere(json_.read(R"({"age": 7, "name": "b"})"), values).value();

  EXPECT_EQ(first, second);
  EXPECT_EQ(values, (std::vector<Value>{int64_t{7}, std::string("b")}));
}

TEST_F(WhereCompilerTest, AnEqualityIsAnsweredByAnIndexOnItsPath) {
  ASSERT_TRUE(
      connection_->exec("CREATE INDEX by_age ON documents (json_extract(document, '$.\"age\"'))"));
  std::vector<Value> values;
  const auto condition = compileWhere(json_.read(R"({"age": 18})"), values).value();

  auto plan = connection_->prepare("EXPLAIN QUERY PLAN SELECT id FROM documents WHERE " + condition)
                  .value();

  ASSERT_TRUE(plan.step().value());
  EXPECT_EQ(plan.text(3), "SEARCH documents USING INDEX by_age (<expr>=?)");
}

}  // namespace
}  // namespace fsdb
