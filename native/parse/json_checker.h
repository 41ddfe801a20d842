// Says what is wrong with a JSON text, and where.
//
// Reads one byte at a time and knows all of JSON by itself: the fast parser only says that a text
// is wrong, and this is asked then. The fuzz target holds the two to the same verdict.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"

namespace fsdb {

// The first error of `text`; nullopt if it is valid JSON of at most kMaxDepth levels.
std::optional<Error> findJsonError(std::string_view text);

}  // namespace fsdb
