#include "files/content_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace fsdb {
namespace {

TEST(ContentHashTest, IsTheXxh3HashThatOtherProgramsCompute) {
  const std::string bytes = hashContent("").toBytes();

  // `xxhsum -H2 /dev/null`
  const std::string expected("\x99\xAA\x06\xD3\x01\x47\x98\xD8\x60\x01\xC3\x24\x46\x8D\x49\x7F",
                             16);
  EXPECT_EQ(bytes, expected);
}

TEST(ContentHashTest, TellsContentsApart) {
  EXPECT_NE(hashContent("a"), hashContent("b"));
  EXPECT_NE(hashContent("a"), hashContent(std::string_view("a\0", 2)));
  EXPECT_EQ(hashContent("a"), hashContent(std::string("a")));
}

TEST(ContentHashTest, SurvivesTheWayThroughBytes) {
  const ContentHash hash = hashContent("content");

  EXPECT_EQ(hash.toBytes().size(), 16u);
  EXPECT_EQ(ContentHash::fromBytes(hash.toBytes()), hash);
}

TEST(ContentHashTest, MatchesNothingIfItWasStoredDamaged) {
  EXPECT_EQ(ContentHash::fromBytes("short"), ContentHash());
  EXPECT_NE(ContentHash::fromBytes(""), hashContent(""));
}

}  // namespace
}  // namespace fsdb
