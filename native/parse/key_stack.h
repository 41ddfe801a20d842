// Finds duplicate keys of the objects that are open at one time, while a parser walks through them.
//
// The keys of all open objects stand in one stack, so that the usual object costs no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fsdb {

class KeyStack {
 public:
  size_t size() const { return keys_.size(); }
  void clear() { keys_.clear(); }

  // `key` is decoded, and stays where it is until its object has been closed.
  void push(std::string_view key) { keys_.push_back({key.data(), key.size(), signatureOf(key)}); }

  // Removes the keys from `start` on, those of one object; false if two of them are equal.
  bool close(size_t start);

 private:
  struct Key {
    const char* data;
    size_t size;
    uint64_t signature;  // equal for equal keys, and rarely for others
  };

  static uint64_t signatureOf(std::string_view key);
  static bool equal(const Key& a, const Key& b);
  static bool hasDuplicate(Key* begin, Key* end);

  std::vector<Key> keys_;
};

}  // namespace fsdb
