#include "base/clock.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

using std::chrono::milliseconds;

TEST(ClockTest, WritesTimesAsIsoUtcWithMilliseconds) {
  EXPECT_EQ(toIso(WallTime(milliseconds(1'767'225'600'007))), "2026-01-01T00:00:00.007Z");
  EXPECT_EQ(toIso(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(toIso(WallTime(milliseconds(1'709'251'199'999))), "2024-02-29T23:59:59.999Z");
}

}  // namespace
}  // namespace fsdb
