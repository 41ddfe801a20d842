// Braces in globs: "a.{json,md}" stands for "a.json" and "a.md", "{1..3}" for three numbers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fsdb {

// Each brace multiplies: without a limit "{a,b}{a,b}{a,b}..." would fill the memory.
constexpr size_t kMaxAlternatives = 1024;

// Braces in braces in braces.
constexpr int kMaxBraceDepth = 16;

// The patterns without braces that `pattern` stands for. Escapes stay as they are; braces that hold
// neither a comma nor a range stand for themselves and come out escaped. A class without a range,
// such as "[id]", also stands for itself, as in picomatch: files are called so in web frameworks.
// kParse: a brace or bracket is not closed, or nested too deep. kLimit: too many alternatives.
Result<std::vector<std::string>> expandBraces(std::string_view pattern);

// The position behind the class that starts at pattern[start] == '['; npos if it is not closed.
size_t endOfClass(std::string_view pattern, size_t start);

}  // namespace fsdb
