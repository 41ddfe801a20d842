#include "files/brace_expansion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fsdb {
namespace {

using testing::ElementsAre;

std::vector<std::string> expanded(const std::string& pattern) {
  auto strings = expandBraces(pattern);
  EXPECT_TRUE(strings.ok()) << pattern;
  return strings.ok() ? *strings : std::vector<std::string>();
}

TEST(BraceExpansionTest, MultipliesBracesThatFollowEachOther) {
  EXPECT_THAT(expanded("{a,b}-{c,d}"), ElementsAre("a-c", "a-d", "b-c", "b-d"));
}

TEST(BraceExpansionTest, ExpandsBracesInBraces) {
  EXPECT_THAT(expanded("x{a,b{c,d}}"), ElementsAre("xa", "xbc", "xbd"));
}

TEST(BraceExpansionTest, LetsAPartBeEmpty) {
  EXPECT_THAT(expanded("a{,.json}"), ElementsAre("a", "a.json"));
}

TEST(BraceExpansionTest, CountsThroughRangesInEitherDirection) {
  EXPECT_THAT(expanded("{8..11}"), ElementsAre("8", "9", "10", "11"));
  EXPECT_THAT(expanded("{3..1}"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(expanded("{a..c}"), ElementsAre("a", "b", "c"));
}

TEST(BraceExpansionTest, PadsARangeThatIsWrittenWithZeros) {
  EXPECT_THAT(expanded("{08..10}"), ElementsAre("08", "09", "10"));
}

TEST(BraceExpansionTest, LeavesBracesWithoutCommaAsTheyAre) {
  EXPECT_THAT(expanded("{a}"), ElementsAre("\\{a\\}"));
  EXPECT_THAT(expanded("{}"), ElementsAre("\\{\\}"));
  EXPECT_THAT(expanded("{a..}"), ElementsAre("\\{a..\\}"));
}

TEST(BraceExpansionTest, LeavesEscapedAndBracketedBracesAlone) {
  EXPECT_THAT(expanded("\\{a,b\\}"), ElementsAre("\\{a,b\\}"));
  EXPECT_THAT(expanded("[{,]x"), ElementsAre("[{,]x"));
}

TEST(BraceExpansionTest, TakesAPlainClassAlsoForAName) {
  EXPECT_THAT(expanded("[id].json"), ElementsAre("[id].json", "\\[id\\].json"));
  EXPECT_THAT(expanded("[a-z].json"), ElementsAre("[a-z].json"));
}

TEST(BraceExpansionTest, RefusesWhatIsNotClosed) {
  for (const char* pattern : {"{a,b", "a{b,{c}", "[ab", "{[a,b}", "[", "{", "[]"}) {
    const auto strings = expandBraces(pattern);
    ASSERT_FALSE(strings.ok()) << pattern;
    EXPECT_EQ(strings.error().code, ErrorCode::kParse);
  }
}

TEST(BraceExpansionTest, RefusesMoreAlternativesThanTheLimit) {
  std::string doubled;
  for (int i = 0; i < 10; i++) doubled += "{a,b}";

  EXPECT_EQ(expanded(doubled).size(), kMaxAlternatives);
  for (const auto& pattern :
       {doubled + "{a,b}", std::string("{1..1025}"), std::string("{1..999999999}")}) {
    const auto strings = expandBraces(pattern);
    ASSERT_FALSE(strings.ok()) << pattern;
    EXPECT_EQ(strings.error().code, ErrorCode::kLimit);
  }
}

TEST(BraceExpansionTest, RefusesBracesThatAreNestedTooDeep) {
  const std::string deep = std::string(20, '{') + "a,b" + std::string(20, '}');

  const auto strings = expandBraces(deep);

  ASSERT_FALSE(strings.ok());
  EXPECT_EQ(strings.error().code, ErrorCode::kParse);
}

}  // namespace
}  // namespace fsdb
