#include "base/lru_cache.h"

#include <gtest/gtest.h>

#include <memory>

namespace fsdb {
namespace {

int valueOf(LruCache<int>& cache, std::string_view key) {
  const int* found = cache.find(key);
  return found == nullptr ? -1 : *found;
}

TEST(LruCacheTest, FindsWhatWasInserted) {
  LruCache<int> cache(2, 100);

  cache.insert("a", 1, 10);

  EXPECT_EQ(valueOf(cache, "a"), 1);
  EXPECT_EQ(valueOf(cache, "b"), -1);
}

TEST(LruCacheTest, DropsWhatWasNotUsedForLongest) {
  LruCache<int> cache(2, 100);
  cache.insert("a", 1, 10);
  cache.insert("b", 2, 10);
  cache.find("a");

  cache.insert("c", 3, 10);

  EXPECT_EQ(valueOf(cache, "a"), 1);
  EXPECT_EQ(valueOf(cache, "b"), -1);
  EXPECT_EQ(valueOf(cache, "c"), 3);
}

TEST(LruCacheTest, StaysBelowItsCost) {
  LruCache<int> cache(10, 100);
  cache.insert("a", 1, 60);
  cache.insert("b", 2, 60);
  cache.insert("too much", 3, 101);

  EXPECT_EQ(valueOf(cache, "a"), -1);
  EXPECT_EQ(valueOf(cache, "b"), 2);
  EXPECT_EQ(valueOf(cache, "too much"), -1);
  EXPECT_EQ(cache.cost(), 60U);
}

TEST(LruCacheTest, ReplacesAValue) {
  LruCache<int> cache(10, 100);
  cache.insert("a", 1, 60);
  cache.insert("a", 2, 70);

  EXPECT_EQ(valueOf(cache, "a"), 2);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.cost(), 70U);
}

TEST(LruCacheTest, LetsItsValuesGo) {
  LruCache<std::shared_ptr<int>> cache(10, 100);
  const auto value = std::make_shared<int>(1);
  cache.insert("a", value, 1);

  cache.clear();

  EXPECT_EQ(value.use_count(), 1);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.cost(), 0U);
}

}  // namespace
}  // namespace fsdb
