// JSON strings: between their form in a document and the text they stand for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fsdb {

// Appends `text`, valid UTF-8, as a JSON string with its quotes.
void appendJsonString(std::string& json, std::string_view text);

// The text of a valid JSON string, given without its quotes.
std::string decodeJsonString(std::string_view raw);

// What is wrong with the escape that starts at raw[at], a backslash, if anything.
enum class EscapeFault { kNone, kUnknown, kNotHex, kLoneSurrogate };
struct Escape {
  EscapeFault fault = EscapeFault::kNone;
  size_t length = 0;       // bytes, 2 to 12: a surrogate pair is one escape; 0 if there is a fault
  char32_t codePoint = 0;  // what it stands for
};
Escape readEscape(std::string_view raw, size_t at);

void appendUtf8(std::string& text, char32_t codePoint);

}  // namespace fsdb
