// Keeps the values that were used last, up to a number of them and a sum of their costs.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace fsdb {

template <typename Value>
class LruCache {
 public:
  LruCache(size_t maxCount, size_t maxCost) : maxCount_(maxCount), maxCost_(maxCost) {}

  // Null if there is none. Counts as a use.
  Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  // Replaces what is there. A value that costs more than everything may is not kept.
  void insert(std::string_view key, Value value, size_t cost) {
    erase(key);
    if (cost > maxCost_) return;
    entries_.push_front({std::string(key), std::move(value), cost});
    index_.emplace(entries_.front().key, entries_.begin());
    cost_ += cost;
    while (entries_.size() > maxCount_ || cost_ > maxCost_) erase(entries_.back().key);
  }

  void clear() {
    index_.clear();
    entries_.clear();
    cost_ = 0;
  }

  size_t size() const { return entries_.size(); }
  size_t cost() const { return cost_; }

 private:
  struct Entry {
    std::string key;
    Value value;
    size_t cost;
  };
  using Entries = std::list<Entry>;

  void erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    cost_ -= entry->cost;
    index_.erase(found);
    entries_.erase(entry);
  }

  const size_t maxCount_;
  const size_t maxCost_;
  size_t cost_ = 0;
  Entries entries_;  // the one that was used last comes first
  std::unordered_map<std::string_view, typename Entries::iterator> index_;  // keys in entries_
};

}  // namespace fsdb
