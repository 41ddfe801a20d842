#include "files/utf8.h"

#include <algorithm>

namespace fsdb {
namespace {

constexpr char32_t kMaxCodePoint = 0x10FFFF;

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

std::pair<char32_t, size_t> firstCharacter(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t code = first & (0xFF >> (length + 1));
  bool valid = first >= 0xC2 && first <= 0xF4 && text.size() >= length;
  for (size_t i = 1; valid && i < length; i++) {
    valid = (byte(i) & 0xC0) == 0x80;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  valid = valid && code >= least && code <= kMaxCodePoint && (code < 0xD800 || code > 0xDFFF);
  if (!valid) return {kMaxCodePoint + 1 + first, 1};
  return {code, length};
}

bool isUtf8(std::string_view text) {
  if (isAscii(text)) return true;
  while (!text.empty()) {
    const auto [code, length] = firstCharacter(text);
    if (code > kMaxCodePoint) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string escapeInvalidUtf8(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  while (!text.empty()) {
    const auto [code, length] = firstCharacter(text);
    if (code <= kMaxCodePoint) {
      escaped += text.substr(0, length);
    } else {
      const auto byte = static_cast<unsigned char>(text.front());
      escaped += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xF]};
    }
    text.remove_prefix(length);
  }
  return escaped;
}

}  // namespace fsdb
