#include "sync/look.h"

#include <gtest/gtest.h>

#include <vector>

namespace fsdb {
namespace {

using Looks = std::vector<Look>;

TEST(LookTest, CoversItsPathAndWhatIsBelow) {
  EXPECT_TRUE(covers({0, "a", Effort::kStat}, "a"));
  EXPECT_TRUE(covers({0, "a", Effort::kStat}, "a/b/c"));
  EXPECT_FALSE(covers({0, "a", Effort::kStat}, "ab"));
  EXPECT_FALSE(covers({0, "a/b", Effort::kStat}, "a"));
  EXPECT_TRUE(covers({0, "", Effort::kStat}, "a"));
}

TEST(LookTest, LeavesOutWhatAnotherCovers) {
  const Looks looks = withoutCovered({{0, "a/b/c", Effort::kStat},
                                      {0, "a-b", Effort::kStat},
                                      {0, "a", Effort::kStat},
                                      {0, "a/b", Effort::kStat},
                                      {1, "a/b", Effort::kStat}});

  EXPECT_EQ(looks,
            (Looks{{0, "a", Effort::kStat}, {0, "a-b", Effort::kStat}, {1, "a/b", Effort::kStat}}));
}

TEST(LookTest, AWholeSourceCoversAllOfIt) {
  const Looks looks =
      withoutCovered({{0, "a", Effort::kRead}, {0, "", Effort::kStat}, {1, "a", Effort::kRead}});

  EXPECT_EQ(looks, (Looks{{0, "", Effort::kStat}, {1, "a", Effort::kRead}}));
}

TEST(LookTest, OfOnePlaceTheGreatestEffortCounts) {
  const Looks looks =
      withoutCovered({{0, "a", Effort::kStat}, {0, "a", Effort::kParse}, {0, "a", Effort::kRead}});

  EXPECT_EQ(looks, (Looks{{0, "a", Effort::kParse}}));
}

}  // namespace
}  // namespace fsdb
