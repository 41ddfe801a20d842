#include "parse/key_stack.h"

#include <algorithm>
#include <cstring>

namespace fsdb {
namespace {

// Up to here comparing every pair is faster than sorting.
constexpr ptrdiff_t kMaxPairwise = 24;

template <typename Word>
uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

bool KeyStack::close(size_t start) {
  const bool distinct = !hasDuplicate(keys_.data() + start, keys_.data() + keys_.size());
  keys_.resize(start);
  return distinct;
}

// The length, the first and the last bytes: all of a key of up to 16 bytes.
uint64_t KeyStack::signatureOf(std::string_view key) {
  const char* end = key.data() + key.size();
  uint64_t head = 0;
  uint64_t tail = 0;
  if (key.size() >= 8) {
    head = load<uint64_t>(key.data());
    tail = load<uint64_t>(end - 8);
  } else if (key.size() >= 4) {
    head = load<uint32_t>(key.data());
    tail = load<uint32_t>(end - 4);
  } else if (!key.empty()) {
    head = load<uint8_t>(key.data()) | load<uint8_t>(key.data() + key.size() / 2) << 8;
    tail = load<uint8_t>(end - 1);
  }
  return (head ^ key.size() * 0x9e3779b97f4a7c15u) + tail * 0xff51afd7ed558ccdu;
}

bool KeyStack::equal(const Key& a, const Key& b) {
  return a.signature == b.signature && a.size == b.size && std::memcmp(a.data, b.data, a.size) == 0;
}

bool KeyStack::hasDuplicate(Key* begin, Key* end) {
  if (end - begin <= kMaxPairwise) {
    for (Key* key = begin; key < end; key++) {
      for (Key* other = begin; other < key; other++) {
        if (equal(*key, *other)) return true;
      }
    }
    return false;
  }
  // By signature first, which is fast; then by content, so that crafted keys with one signature
  // cost a sort and not a comparison of every pair.
  std::sort(begin, end, [](const Key& a, const Key& b) {
    if (a.signature != b.signature) return a.signature < b.signature;
    return std::string_view(a.data, a.size) < std::string_view(b.data, b.size);
  });
  return std::adjacent_find(begin, end, equal) != end;
}

}  // namespace fsdb
