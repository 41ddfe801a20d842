#include "documents/query_compiler.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "documents/query_cases.h"

namespace fsdb {
namespace {

std::string messageOf(const Query& query) {
  const auto compiled = compileQuery(query);
  if (compiled) return "no error";
  EXPECT_EQ(compiled.error().code, ErrorCode::kParse);
  return compiled.error().message;
}

TEST(QueryCompilerTest, WithoutAnyPartItIsTheFirstPageInTheOrderOfInsertion) {
  const auto compiled = compileQuery({}).value();

  EXPECT_EQ(compiled.sql, "SELECT " + std::string(kDocumentColumns) +
                              ", seq FROM documents ORDER BY 11 LIMIT ?1");
  EXPECT_EQ(compiled.values, (std::vector<Value>{kDefaultPageSize + 1}));
  EXPECT_EQ(compiled.pageSize, kDefaultPageSize);
  EXPECT_EQ(compiled.page, std::nullopt);
}

TEST(QueryCompilerTest, BindsEveryValueAndQuotesEveryPath) {
  Query query;
  query.type = "x' OR '1'='1";
  query.where = JsonReader().read(R"({"a'b": "'; DROP TABLE documents; --"})");
  query.orderBy = {"-name'; DROP TABLE documents; --"};

  const auto compiled = compileQuery(query).value();

  EXPECT_EQ(compiled.sql,
            "SELECT " + std::string(kDocumentColumns) +
                R"(, json_extract(document, '$."name''; DROP TABLE documents; --"'), seq)"
                R"( FROM documents WHERE type = ?1 AND (json_extract(document, '$."a''b"') = ?2))"
                R"( ORDER BY 11 DESC, 12 DESC LIMIT ?3)");
  EXPECT_EQ(compiled.values,
            (std::vector<Value>{std::string("x' OR '1'='1"),
                                std::string("'; DROP TABLE documents; --"), kDefaultPageSize + 1}));
}

TEST(QueryCompilerTest, ASizeOutOfBoundsIsAnErrorThatNamesTheBound) {
  Query query;
  query.limit = 0;
  EXPECT_EQ(messageOf(query), "limit: must be at least 1");
  query.limit = kMaxPageSize;
  EXPECT_EQ(messageOf(query), "no error");
  query.limit = kMaxPageSize + 1;
  EXPECT_EQ(messageOf(query), "limit: must be at most 10000");

  query = {};
  query.pageSize = -1;
  EXPECT_EQ(messageOf(query), "pageSize: must be at least 1");
  query.pageSize = kMaxPageSize + 1;
  EXPECT_EQ(messageOf(query), "pageSize: must be at most 10000");
  query.pageSize = 10;
  query.page = 0;
  EXPECT_EQ(messageOf(query), "page: must be at least 1");
  query.page = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(messageOf(query), "page: is too large");
}

TEST(QueryCompilerTest, TheTwoWaysOfPagingExcludeEachOther) {
  Query query;
  query.page = 1;
  query.after = "x";
  EXPECT_EQ(messageOf(query), "after: excludes page and pageSize: use limit");

  query.after.reset();
  query.limit = 5;
  EXPECT_EQ(messageOf(query), "limit: excludes page and pageSize");
}

TEST(QueryCompilerTest, ATokenThatIsNoneOrBelongsToAnotherOrderIsAnError) {
  Query query;
  query.after = "'; DROP TABLE documents; --";
  EXPECT_EQ(messageOf(query), "after: is not the `next` of a page");

  const auto byName = compileQuery({.orderBy = {"name"}}).value();
  query.orderBy = {"-name"};
  query.after = encodePageToken({byName.order, {std::string("a"), int64_t{1}}});
  EXPECT_EQ(messageOf(query), "after: belongs to a query with another orderBy");
  query.orderBy = {"name"};
  EXPECT_EQ(messageOf(query), "no error");
  query.after = encodePageToken({byName.order, {std::string("a")}});
  EXPECT_EQ(messageOf(query), "after: belongs to a query with another orderBy");
}

TEST(QueryCompilerTest, AnOrderThatIsWrongIsNamed) {
  EXPECT_EQ(messageOf({.orderBy = {"name", "$.\"a\\\"b\""}}),
            "orderBy $.\"a\\\"b\": a key with a double quote in it cannot be queried");
  EXPECT_TRUE(messageOf({.orderBy = {"-"}}).starts_with("orderBy -: "));
  EXPECT_EQ(messageOf({.orderBy = std::vector<std::string>(17, "a")}),
            "orderBy: more than 16 keys");
}

TEST(QueryCompilerTest, NothingIsOrderedBehindSeq) {
  const auto compiled = compileQuery({.orderBy = {"-seq", "name"}}).value();

  EXPECT_EQ(compiled.keyCount, 1U);
  EXPECT_TRUE(compiled.sql.ends_with(" ORDER BY 11 DESC LIMIT ?1")) << compiled.sql;
}

TEST(QueryCompilerTest, CountsByTypeAndCondition) {
  const auto compiled = compileCount("persona", JsonReader().read(R"({"age": 5})")).value();

  EXPECT_EQ(compiled.sql,
            "SELECT count(*) FROM documents WHERE type = ?1 AND "
            "(json_extract(document, '$.\"age\"') = ?2)");
  EXPECT_FALSE(compileCount({}, JsonReader().read("5")));
}

}  // namespace
}  // namespace fsdb
