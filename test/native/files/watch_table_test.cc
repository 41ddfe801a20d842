#include "files/watch_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace fsdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr size_t kNoLimit = 1'000'000;

class WatchTableTest : public testing::Test {
 protected:
  void add(size_t source, std::string_view path, int descriptor,
           WatchTable::Role role = WatchTable::Role::kDirectory) {
    table_.add({source, path, role}, descriptor, released_);
  }
  void remove(size_t source, std::string_view path) {
    EXPECT_FALSE(table_.remove(source, path, kNoLimit, released_));
  }
  std::vector<std::string> placesOf(int descriptor) const {
    std::vector<std::string> places;
    table_.forEachPlace(descriptor, [&](const WatchTable::Place& place) {
      places.push_back(std::to_string(place.source) + ":" + std::string(place.path));
    });
    return places;
  }

  WatchTable table_;
  WatchTable::Descriptors released_;
};

TEST(PathOrderTest, KeepsADirectoryAndAllBelowItTogether) {
  std::vector<std::string> paths{"d-x", "d/a", "d", "", "d/a/b", "d/a-b", "d\x01", "e"};

  std::sort(paths.begin(), paths.end(), PathOrder());

  EXPECT_THAT(paths, ElementsAre("", "d", "d/a", "d/a/b", "d/a-b", "d\x01", "d-x", "e"));
}

TEST_F(WatchTableTest, KeepsOnePlacePerPathOfOneInode) {
  add(0, "sub", 5);
  add(1, "", 5);
  add(1, "", 5);

  EXPECT_THAT(placesOf(5), UnorderedElementsAre("0:sub", "1:"));
  EXPECT_EQ(table_.directories(), 2u);
}

TEST_F(WatchTableTest, ReleasesADescriptorWithItsLastPlace) {
  add(0, "old", 5);
  add(0, "new", 5);

  remove(0, "old");
  EXPECT_THAT(released_, IsEmpty());
  EXPECT_THAT(placesOf(5), ElementsAre("0:new"));
  remove(0, "new");
  EXPECT_THAT(released_, ElementsAre(5));
  EXPECT_FALSE(table_.contains(5));
}

TEST_F(WatchTableTest, RemovesASubtreeAndNothingBesideIt) {
  add(0, "d", 1);
  add(0, "d/a", 2);
  add(0, "d-x", 3);
  add(0, "dd", 4);
  add(1, "d", 5);

  remove(0, "d");

  EXPECT_THAT(released_, UnorderedElementsAre(1, 2));
  EXPECT_EQ(table_.directories(), 3u);
}

TEST_F(WatchTableTest, RemovesNoMoreAtOnceThanAsked) {
  for (int i = 1; i <= 5; ++i) add(0, "d/" + std::to_string(i), i);

  EXPECT_TRUE(table_.remove(0, "d", 2, released_));
  EXPECT_TRUE(table_.remove(0, "d", 2, released_));
  EXPECT_EQ(released_.size(), 4u);
  EXPECT_FALSE(table_.remove(0, "d", 2, released_));
  EXPECT_EQ(released_.size(), 5u);
}

TEST_F(WatchTableTest, ReleasesTheDescriptorThatAPathHadBefore) {
  add(0, "d", 1);
  add(0, "d", 2);

  EXPECT_THAT(released_, ElementsAre(1));
  EXPECT_THAT(placesOf(2), ElementsAre("0:d"));
}

TEST_F(WatchTableTest, DropsAllPlacesOfAWatchThatTheSystemEnded) {
  add(0, "sub", 5);
  add(1, "", 5);
  add(2, "above", 5, WatchTable::Role::kRootName);
  add(0, "other", 6);

  table_.drop(5);

  EXPECT_FALSE(table_.contains(5));
  EXPECT_EQ(table_.descriptorOf(0, "sub"), std::nullopt);
  EXPECT_EQ(table_.descriptorOf(0, "other"), 6);
}

TEST_F(WatchTableTest, KnowsASourceUntilItIsRemoved) {
  add(0, "", 1);
  add(4, "", 2);
  table_.drop(1);
  EXPECT_THAT(table_.sources(), ElementsAre(0, 4));

  remove(0, "");
  EXPECT_THAT(table_.sources(), ElementsAre(4));
}

TEST_F(WatchTableTest, RemovesTheRootsNameWithItsSource) {
  add(0, "", 1);
  add(0, "root", 2, WatchTable::Role::kRootName);
  EXPECT_THAT(placesOf(2), ElementsAre("0:root"));
  add(0, "renamed", 2, WatchTable::Role::kRootName);
  EXPECT_THAT(placesOf(2), ElementsAre("0:renamed"));

  remove(0, "");
  EXPECT_THAT(released_, UnorderedElementsAre(1, 2, 2));
}

TEST_F(WatchTableTest, CountsWhatIsPolledAndWhy) {
  add(0, "a", -ENOSPC);
  add(0, "b", -EPERM);
  add(0, "c", -ENOSPC);
  add(0, "c", -ENOSPC);

  EXPECT_EQ(table_.polled(), 3u);
  EXPECT_THAT(table_.polledByReason(), ElementsAre(Pair(EPERM, 1u), Pair(ENOSPC, 2u)));
  add(0, "b", 9);
  EXPECT_THAT(table_.polledByReason(), ElementsAre(Pair(ENOSPC, 2u)));
  remove(0, "");
  EXPECT_EQ(table_.polled(), 0u);
  EXPECT_THAT(table_.polledByReason(), IsEmpty());
}

TEST_F(WatchTableTest, NamesOnlyTheTopmostPolledDirectories) {
  add(0, "a", -ENOSPC);
  add(0, "a/b", -ENOSPC);
  add(0, "a-b", -ENOSPC);
  add(0, "c", 3);
  add(0, "c/d", -ENOSPC);
  add(1, "a/b", -ENOSPC);

  EXPECT_THAT(table_.polledTops(),
              ElementsAre(Pair(0, "a"), Pair(0, "a-b"), Pair(0, "c/d"), Pair(1, "a/b")));
}

}  // namespace
}  // namespace fsdb
