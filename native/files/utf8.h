// Names of files are bytes; only those that are UTF-8 can be documents.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace fsdb {

// The code point that `text`, which is not empty, starts with, and its length in bytes. A byte that
// is not UTF-8 stands for itself, above the range of Unicode.
std::pair<char32_t, size_t> firstCharacter(std::string_view text);

bool isUtf8(std::string_view text);

// `text` with "\xNN" for each byte that is not UTF-8.
std::string escapeInvalidUtf8(std::string_view text);

}  // namespace fsdb
