#include "parse/json_path.h"

#include <gtest/gtest.h>

#include "parse/case_file.h"

namespace fsdb {
namespace {

constexpr std::string_view kDocument =
    R"({"id":7,"name":"A\u00e9\n","model":{"api":"chat","a.b":[1.50,true,null,{"x":"y"}]},)"
    R"("k\u0065y":"v","none":null,"empty":{"s":"","a":[],"o":{}},"":"e"})";

std::optional<std::string> find(std::string_view path) {
  return findText(kDocument, *JsonPath::parse(path));
}

bool present(std::string_view path) { return isPresent(kDocument, *JsonPath::parse(path)); }

TEST(JsonPathTest, BecomesWhatSqliteTakesOrSaysWhatIsExpectedWhere) {
  const std::vector<ParseCase> cases = loadCases("json-path.txt");

  ASSERT_GE(cases.size(), 22u);
  for (const ParseCase& testCase : cases) {
    const Result<JsonPath> path = JsonPath::parse(testCase.input);
    const Result<std::string> sqlite =
        path ? Result<std::string>(path->toSqlite().value_or("none")) : path.error();
    EXPECT_EQ(outcomeFor(testCase, sqlite), testCase.expected) << testCase.name;
  }
}

TEST(JsonPathTest, FindsTextAsItIsAndNumbersAndBooleansAsWritten) {
  EXPECT_EQ(find("id"), "7");
  EXPECT_EQ(find("name"), "Aé\n");
  EXPECT_EQ(find("$.model.api"), "chat");
  EXPECT_EQ(find("model.\"a.b\"[0]"), "1.50");
  EXPECT_EQ(find("model.\"a.b\"[1]"), "true");
  EXPECT_EQ(find("model.\"a.b\"[3].x"), "y");
  EXPECT_EQ(find("key"), "v");
  EXPECT_EQ(find("$.\"\""), "e");
  EXPECT_EQ(find("empty.s"), "");
}

TEST(JsonPathTest, FindsNoTextInNullContainersAndNothing) {
  EXPECT_EQ(find("none"), std::nullopt);
  EXPECT_EQ(find("model"), std::nullopt);
  EXPECT_EQ(find("model.\"a.b\""), std::nullopt);
  EXPECT_EQ(find("$"), std::nullopt);
  EXPECT_EQ(find("missing"), std::nullopt);
  EXPECT_EQ(find("model.\"a.b\"[4]"), std::nullopt);
  EXPECT_EQ(find("id.x"), std::nullopt);
  EXPECT_EQ(find("id[0]"), std::nullopt);
  EXPECT_EQ(find("model[0]"), std::nullopt);
}

TEST(JsonPathTest, IsPresentUnlessNullOrEmpty) {
  EXPECT_TRUE(present("id"));
  EXPECT_TRUE(present("model"));
  EXPECT_TRUE(present("model.\"a.b\"[1]"));
  EXPECT_FALSE(present("none"));
  EXPECT_FALSE(present("empty.s"));
  EXPECT_FALSE(present("empty.a"));
  EXPECT_FALSE(present("empty.o"));
  EXPECT_FALSE(present("missing"));
}

TEST(JsonPathTest, FindsInADocumentThatIsAScalar) {
  EXPECT_EQ(findText("\"x\"", *JsonPath::parse("$")), "x");
  EXPECT_EQ(findText("42", *JsonPath::parse("$")), "42");
  EXPECT_EQ(findText("42", *JsonPath::parse("a")), std::nullopt);
}

}  // namespace
}  // namespace fsdb
