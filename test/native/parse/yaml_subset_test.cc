#include "parse/yaml_subset.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

bool isSubset(std::string_view yaml, const YamlRules& rules = {}) {
  std::string json;
  return parseYamlSubset(yaml, rules, json);
}

TEST(YamlSubsetTest, ReadsUsualFrontMatterByItself) {
  std::string json;

  EXPECT_TRUE(parseYamlSubset(
      "name: Basic\nmodel:\n  id: gpt-4o\n  options: {}\n  url: https://x/y\ntags: [a, 'b']\n"
      "inputs:\n  - name: q\n    default: \"a \\\"b\\\"\"\n# note\ntext: |\n  one\n\n  two\n",
      {true, {"content"}}, json));
  EXPECT_EQ(
      json,
      R"({"name":"Basic","model":{"id":"gpt-4o","options":{},"url":"https://x/y"},)"
      R"("tags":["a","b"],"inputs":[{"name":"q","default":"a \"b\""}],"text":"one\n\ntwo\n"})");
}

TEST(YamlSubsetTest, LeavesWhatItDoesNotKnowToLibfyaml) {
  for (const char* yaml : {"a: &x 1",     "a: *x",
                           "a: !t 1",     "a: {b: 1}",
                           "a: [b: 1]",   "a: >\n  x\n",
                           "a: b\n  c",   "? a\n: b",
                           "a:\tb",       "a: 1\n---\n",
                           "a: 1\n...\n", "%YAML 1.2\n",
                           "\"a\": 1",    "a: \"\\x41\"",
                           "a: @x",       "a: 'x''y'",
                           "a: [\n1]",    "- - 1",
                           "a: |\n  x",   "a: |+\n  x\n",
                           "text",        "",
                           "# x"}) {
    EXPECT_FALSE(isSubset(yaml)) << yaml;
  }
}

TEST(YamlSubsetTest, LeavesErrorsToLibfyamlWhichSaysWhere) {
  for (const char* yaml : {"a: 1\na: 2", "a: b: c", "a: 1\n - b", "a:\n  b: 1\n c: 2", "a: [1",
                           "a: \"x", "a: 'x' y", "a: 1\n- b", "a: x\n  y: z"}) {
    EXPECT_FALSE(isSubset(yaml)) << yaml;
  }
  EXPECT_FALSE(isSubset("content: 1", {true, {"content"}}));
  EXPECT_FALSE(isSubset("- a", {true, {}}));
  EXPECT_TRUE(isSubset("", {true, {}}));
}

}  // namespace
}  // namespace fsdb
