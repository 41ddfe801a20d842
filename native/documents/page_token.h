// Where a page of a query ends, as text that a caller hands back to get the next one.
//
// The token holds the values that the last row is ordered by, so that the next page begins behind
// them whatever happened to that row since. It is opaque, not secret and not signed: whoever forges
// one sees another page of the same query, because its values are bound like all others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/value.h"

namespace fsdb {

struct PageToken {
  // Of the order of the query: a token is only good for the order that it was made in.
  uint64_t order = 0;
  std::vector<Value> keys;  // no blobs
};

// Base64url: fits into a query string as it is.
std::string encodePageToken(const PageToken& token);

// kParse: `text` was not made by encodePageToken().
Result<PageToken> decodePageToken(std::string_view text);

}  // namespace fsdb
