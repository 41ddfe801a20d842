// Changes to a JSON document as JSON itself: RFC 7396, JSON Merge Patch.
//
// Works on the text, so that what a patch does not name stays as it is written: digits, escapes and
// the order of keys.
#pragma once

#include <string>
#include <string_view>

namespace fsdb {

// `patch` applied to `target`; both valid and minified. A member of `patch` that is null removes
// that of `target`, an object is merged into it, anything else takes its place. New members come
// last, in the order of `patch`. A patch that is no object is the result.
std::string mergeJson(std::string_view target, std::string_view patch);

}  // namespace fsdb
