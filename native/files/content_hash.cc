#include "files/content_hash.h"

#include <xxhash.h>

#include <cstring>

namespace fsdb {

std::string ContentHash::toBytes() const {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, XXH128_hash_t{low, high});
  return {reinterpret_cast<const char*>(bytes.digest), sizeof(bytes.digest)};
}

ContentHash ContentHash::fromBytes(std::string_view bytes) {
  XXH128_canonical_t canonical;
  if (bytes.size() != sizeof(canonical.digest)) return {};
  std::memcpy(canonical.digest, bytes.data(), bytes.size());
  const XXH128_hash_t hash = XXH128_hashFromCanonical(&canonical);
  return {hash.high64, hash.low64};
}

ContentHash hashContent(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace fsdb
