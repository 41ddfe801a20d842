#include "parse/text.h"

#include <simdjson.h>

namespace fsdb {
namespace {

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The length of the code point that starts at text[at]; 0 if it is not valid there.
// Source: the Unicode Standard, table 3-7 "Well-Formed UTF-8 Byte Sequences".
size_t codePointLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool startsWith(std::string_view bytes, std::string_view prefix) {
  return bytes.substr(0, prefix.size()) == prefix;
}

// A byte order mark, or NULs where ASCII in UTF-16 or UTF-32 has them.
bool looksLikeUtf16(std::string_view bytes) {
  if (startsWith(bytes, "\xff\xfe") || startsWith(bytes, "\xfe\xff")) return true;
  if (startsWith(bytes, std::string_view("\0\0\xfe\xff", 4))) return true;
  if (bytes.size() < 2 || bytes.size() % 2 != 0) return false;
  const bool first = bytes[0] == '\0';
  const bool second = bytes[1] == '\0';
  if (first == second) return false;
  if (bytes.size() == 2) return true;
  return (bytes[2] == '\0') == first && (bytes[3] == '\0') == second;
}

}  // namespace

TextPosition positionOf(std::string_view text, size_t offset) {
  TextPosition position;
  for (size_t i = 0; i < offset; i++) {
    const char c = text[i];
    const bool endsLine = c == '\n' || (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (endsLine) {
      position.line++;
      position.column = 1;
    } else if (!isContinuation(c)) {
      position.column++;
    }
  }
  return position;
}

Error errorAt(std::string_view text, size_t offset, std::string message, ErrorCode code) {
  const TextPosition position = positionOf(text, offset);
  Error error = errorWith(code, std::move(message));
  error.line = position.line;
  error.column = position.column;
  return error;
}

Error errorWith(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

Result<std::string_view> decodeText(std::string_view bytes) {
  if (looksLikeUtf16(bytes)) {
    return errorAt("", 0, "parse: the file is not UTF-8 but UTF-16 or UTF-32");
  }
  if (startsWith(bytes, "\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (bytes.empty()) return errorAt("", 0, "parse: the file is empty");
  return bytes;
}

Result<void> checkUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return {};
  return errorAt(text, findInvalidUtf8(text), "parse: the text is not valid UTF-8");
}

size_t findInvalidUtf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = codePointLength(text, at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

}  // namespace fsdb
