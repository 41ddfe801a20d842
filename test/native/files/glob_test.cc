#include "files/glob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "files/brace_expansion.h"

namespace fsdb {
namespace {

bool globMatches(const std::string& pattern, const std::string& path) {
  const auto alternatives = expandBraces(pattern);
  EXPECT_TRUE(alternatives.ok()) << pattern;
  return std::any_of(alternatives->begin(), alternatives->end(), [&](const std::string& one) {
    const auto glob = Glob::compile(one);
    EXPECT_TRUE(glob.ok()) << one;
    return glob->matches(path);
  });
}

struct GlobCase {
  std::string pattern;
  std::vector<std::string> matched;
};

// The first case holds all paths.
std::vector<GlobCase> readCases() {
  std::ifstream file(FSDB_CASES_DIRECTORY "/files/globs.txt");
  std::vector<GlobCase> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || (line.front() == '#' && cases.empty())) continue;
    if (line.starts_with("  ")) {
      cases.back().matched.push_back(line.substr(2));
    } else {
      cases.push_back({line, {}});
    }
  }
  return cases;
}

TEST(GlobTest, MatchesWhatPicomatchMatches) {
  const auto cases = readCases();
  ASSERT_GT(cases.size(), 150u);
  const auto& paths = cases.front().matched;

  for (size_t i = 1; i < cases.size(); i++) {
    std::vector<std::string> matched;
    for (const auto& path : paths) {
      if (globMatches(cases[i].pattern, path)) matched.push_back(path);
    }
    EXPECT_EQ(matched, cases[i].matched) << cases[i].pattern;
  }
}

TEST(GlobTest, CanMatchBelowEveryDirectoryOfWhatItMatches) {
  const auto cases = readCases();

  for (size_t i = 1; i < cases.size(); i++) {
    const auto alternatives = expandBraces(cases[i].pattern);
    for (const auto& path : cases[i].matched) {
      const size_t slash = path.rfind('/');
      if (slash == std::string::npos) continue;
      EXPECT_TRUE(std::any_of(alternatives->begin(), alternatives->end(),
                              [&](const std::string& one) {
                                return Glob::compile(one)->canMatchBelow(path.substr(0, slash));
                              }))
          << cases[i].pattern << " " << path;
    }
  }
}

TEST(GlobTest, CannotMatchBelowADirectoryThatItNeverNames) {
  const auto glob = Glob::compile("personas/*/x/**/*.json");

  EXPECT_TRUE(glob->canMatchBelow("personas"));
  EXPECT_TRUE(glob->canMatchBelow("personas/a"));
  EXPECT_TRUE(glob->canMatchBelow("personas/a/x/deep/down"));
  EXPECT_FALSE(glob->canMatchBelow("prompts"));
  EXPECT_FALSE(glob->canMatchBelow("personas/a/y"));
}

TEST(GlobTest, CannotMatchBelowAPathThatItNamesInFull) {
  EXPECT_FALSE(Glob::compile("a/b")->canMatchBelow("a/b"));
  EXPECT_FALSE(Glob::compile("a/*")->canMatchBelow("a/b"));
}

TEST(GlobTest, TakesAnExclamationMarkInAClassForNegation) {
  EXPECT_TRUE(globMatches("[!a].json", "b.json"));
  EXPECT_FALSE(globMatches("[!a].json", "a.json"));
  EXPECT_FALSE(globMatches("[!a-z].json", "q.json"));
}

TEST(GlobTest, CountsCharactersNotBytes) {
  EXPECT_TRUE(globMatches("?.json", "\xF0\x9F\x98\x80.json"));
  EXPECT_TRUE(globMatches("[\xC3\xA0-\xC3\xBF].json", "\xC3\xA9.json"));
  EXPECT_FALSE(globMatches("??.json", "\xC3\xA9.json"));
}

TEST(GlobTest, CountsAByteThatIsNotUtf8AsOneCharacter) {
  EXPECT_TRUE(globMatches("?.json", "\xFF.json"));
  EXPECT_TRUE(globMatches("*.json", "a\xFF\xFE.json"));
  EXPECT_FALSE(globMatches("[a-z].json", "\xFF.json"));
}

TEST(GlobTest, CanContainWhateverAnEscapeProtects) {
  EXPECT_TRUE(globMatches("a\\[b\\]", "a[b]"));
  EXPECT_TRUE(globMatches("\\{a,b\\}", "{a,b}"));
  EXPECT_TRUE(globMatches("{a\\,b,c}", "a,b"));
  EXPECT_TRUE(globMatches("[\\]]", "]"));
  EXPECT_TRUE(globMatches("a\\\\b", "a\\b"));
}

TEST(GlobTest, MatchesASlashInAClassWithNothing) {
  EXPECT_FALSE(globMatches("a[/x]b", "a/b"));
  EXPECT_TRUE(globMatches("a[/x]b", "axb"));
}

TEST(GlobTest, RefusesWhatItWouldNotUnderstand) {
  for (const char* pattern :
       {"a(b)", "@(a|b)", "a|b", "a\\", "[z-a]", "[[:alpha:]]", "a/../b", "./../a", "a/."}) {
    EXPECT_EQ(Glob::compile(pattern).ok(), false) << pattern;
  }
}

// Exponential matchers need longer than the age of the universe for these.
TEST(GlobTest, NeedsNoTimeForPatternsThatFailLate) {
  std::string components;
  std::string stars;
  std::string path;
  for (int i = 0; i < 60; i++) {
    components += "**/*a*/";
    stars += "*a";
    path += "aaaaaaaaaa/";
  }

  EXPECT_FALSE(globMatches(components + "b", path + "c"));
  EXPECT_FALSE(globMatches("**/" + stars + "b", std::string(4000, 'a')));
}

}  // namespace
}  // namespace fsdb
