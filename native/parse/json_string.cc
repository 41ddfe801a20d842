#include "parse/json_string.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace fsdb {
namespace {

// The code unit in the four digits at raw[at]; -1 if they are not hexadecimal.
int32_t readHex4(std::string_view raw, size_t at) {
  if (at + 4 > raw.size()) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + 4; i++) {
    const char c = raw[i];
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

Escape readUnicodeEscape(std::string_view raw, size_t at) {
  const int32_t unit = readHex4(raw, at + 2);
  if (unit < 0) return {EscapeFault::kNotHex};
  if (unit < 0xd800 || unit > 0xdfff) {
    return {EscapeFault::kNone, 6, static_cast<char32_t>(unit)};
  }
  const bool paired = unit <= 0xdbff && raw.substr(at + 6, 2) == "\\u";
  const int32_t low = paired ? readHex4(raw, at + 8) : -1;
  if (low < 0xdc00 || low > 0xdfff) return {EscapeFault::kLoneSurrogate};
  return {EscapeFault::kNone, 12,
          static_cast<char32_t>(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))};
}

void appendControl(std::string& json, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  json += "\\u00";
  json += kHex[c >> 4];
  json += kHex[c & 15];
}

// True if none of the eight bytes is a control character, a quote or a backslash.
bool isPlain(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const uint64_t quotes = word ^ (kOnes * '"');
  const uint64_t backslashes = word ^ (kOnes * '\\');
  // A byte below n sets the high bit of its byte in (x - n) & ~x; carries only add false alarms.
  const uint64_t special = ((word - kOnes * 0x20) & ~word) | ((quotes - kOnes) & ~quotes) |
                           ((backslashes - kOnes) & ~backslashes);
  return (special & (kOnes * 0x80)) == 0;
}

void appendEscaped(std::string& json, char c) {
  switch (c) {
    case '"':
      json += "\\\"";
      return;
    case '\\':
      json += "\\\\";
      return;
    case '\b':
      json += "\\b";
      return;
    case '\f':
      json += "\\f";
      return;
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    default:
      appendControl(json, static_cast<unsigned char>(c));
  }
}

}  // namespace

void appendJsonString(std::string& json, std::string_view text) {
  json += '"';
  size_t from = 0;
  for (size_t i = 0; i < text.size(); i++) {
    while (i + 8 < text.size() && isPlain(text.data() + i)) i += 8;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    json.append(text, from, i - from);
    appendEscaped(json, text[i]);
    from = i + 1;
  }
  json.append(text, from);
  json += '"';
}

std::string decodeJsonString(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    const size_t backslash = std::min(raw.find('\\', at), raw.size());
    text.append(raw, at, backslash - at);
    at = backslash;
    if (at == raw.size()) break;
    const Escape escape = readEscape(raw, at);
    appendUtf8(text, escape.codePoint);
    at += escape.length == 0 ? 1 : escape.length;
  }
  return text;
}

Escape readEscape(std::string_view raw, size_t at) {
  if (at + 1 >= raw.size()) return {EscapeFault::kUnknown};
  switch (raw[at + 1]) {
    case '"':
    case '\\':
    case '/':
      return {EscapeFault::kNone, 2, static_cast<char32_t>(raw[at + 1])};
    case 'b':
      return {EscapeFault::kNone, 2, U'\b'};
    case 'f':
      return {EscapeFault::kNone, 2, U'\f'};
    case 'n':
      return {EscapeFault::kNone, 2, U'\n'};
    case 'r':
      return {EscapeFault::kNone, 2, U'\r'};
    case 't':
      return {EscapeFault::kNone, 2, U'\t'};
    case 'u':
      return readUnicodeEscape(raw, at);
    default:
      return {EscapeFault::kUnknown};
  }
}

void appendUtf8(std::string& text, char32_t codePoint) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (codePoint < 0x80) {
    put(codePoint);
  } else if (codePoint < 0x800) {
    put(0xc0 | (codePoint >> 6));
    put(0x80 | (codePoint & 0x3f));
  } else if (codePoint < 0x10000) {
    put(0xe0 | (codePoint >> 12));
    put(0x80 | ((codePoint >> 6) & 0x3f));
    put(0x80 | (codePoint & 0x3f));
  } else {
    put(0xf0 | (codePoint >> 18));
    put(0x80 | ((codePoint >> 12) & 0x3f));
    put(0x80 | ((codePoint >> 6) & 0x3f));
    put(0x80 | (codePoint & 0x3f));
  }
}

}  // namespace fsdb
