// JSON files: validated and minified in one go.
//
// simdjson finds where every token starts and checks UTF-8 and quotes, many bytes at a time. What
// remains - grammar, numbers, escapes, duplicate keys, depth - is checked token by token while the
// tokens are copied. simdjson's own second stage is not used: it turns numbers into doubles,
// refuses integers of more than 64 bits and unescapes every string, none of which is wanted here.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fsdb {

// `text` minified: numbers, strings and the order of keys as written. Errors as parseDocument().
Result<std::string> parseJson(std::string_view text);

}  // namespace fsdb
