#include "parse/json_merge.h"

#include <gtest/gtest.h>

#include <string>

namespace fsdb {
namespace {

// The table in appendix A of RFC 7396.
TEST(MergeJsonTest, AnswersAsTheStandardsExamples) {
  const std::string cases[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };

  for (const auto& [target, patch, expected] : cases) {
    EXPECT_EQ(mergeJson(target, patch), expected) << target << " + " << patch;
  }
}

TEST(MergeJsonTest, LeavesDigitsEscapesAndTheOrderOfKeysOfWhatItDoesNotChange) {
  EXPECT_EQ(mergeJson(R"({"z":1.0,"a":12345678901234567890,"m":"\u0041\/","n":{"y":1E2,"x":0}})",
                      R"({"n":{"x":1},"b":-0.0})"),
            R"({"z":1.0,"a":12345678901234567890,"m":"\u0041\/","n":{"y":1E2,"x":1},"b":-0.0})");
}

TEST(MergeJsonTest, KnowsAKeyHoweverItIsWritten) {
  EXPECT_EQ(mergeJson(R"({"\u0061":1,"b":2})", R"({"a":3,"\u0062":null})"), R"({"\u0061":3})");
}

TEST(MergeJsonTest, TakesKeysThatObjectsHaveByThemselvesForKeys) {
  EXPECT_EQ(mergeJson(R"({"__proto__":1,"constructor":2})",
                      R"({"__proto__":{"a":1},"constructor":null,"toString":3})"),
            R"({"__proto__":{"a":1},"toString":3})");
}

TEST(MergeJsonTest, OfDoubleKeysInAPatchTheLastOneCounts) {
  EXPECT_EQ(mergeJson("{}", R"({"a":1,"a":2})"), R"({"a":2})");
}

}  // namespace
}  // namespace fsdb
