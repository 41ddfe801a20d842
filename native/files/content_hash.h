// A 128-bit hash of a file's bytes (XXH3): tells changed from unchanged content. Not a protection
// against somebody who wants a collision.
// Source: https://xxhash.com
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fsdb {

struct ContentHash {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const ContentHash&, const ContentHash&) = default;

  // 16 bytes, big-endian; and back. Any other number of bytes gives the zero hash, so that a
  // damaged store leads to reading the file again.
  std::string toBytes() const;
  static ContentHash fromBytes(std::string_view bytes);
};

ContentHash hashContent(std::string_view bytes);

}  // namespace fsdb

template <>
struct std::hash<fsdb::ContentHash> {
  size_t operator()(const fsdb::ContentHash& hash) const noexcept { return hash.low; }
};
