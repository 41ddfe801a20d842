#include "parse/yaml_scalar.h"

#include <charconv>
#include <cstdint>

#include "parse/json_string.h"

namespace fsdb {
namespace {

enum class Kind { kNull, kBoolean, kInteger, kFloat, kNotFinite, kString };

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

std::string_view withoutSign(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text;
}

size_t countDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && isDigit(text[count])) count++;
  return count;
}

bool isExponent(std::string_view text) {
  if (text.empty() || (text[0] | 0x20) != 'e') return false;
  text = withoutSign(text.substr(1));
  return !text.empty() && countDigits(text) == text.size();
}

// The value of 0x… and 0o…, if it fits.
bool readRadix(std::string_view text, uint64_t& value) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'o')) return false;
  const int base = text[1] == 'x' ? 16 : 8;
  const auto [end, error] =
      std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

Kind numberKind(std::string_view text) {
  uint64_t value = 0;
  if (readRadix(text, value)) return Kind::kInteger;
  text = withoutSign(text);
  const size_t integer = countDigits(text);
  if (integer > 0 && integer == text.size()) return Kind::kInteger;
  size_t fraction = 0;
  size_t at = integer;
  if (at < text.size() && text[at] == '.') {
    fraction = countDigits(text.substr(at + 1));
    at += 1 + fraction;
  }
  if (integer + fraction == 0) return Kind::kString;
  return at == text.size() || isExponent(text.substr(at)) ? Kind::kFloat : Kind::kString;
}

Kind kindOf(std::string_view text) {
  if (text.empty()) return Kind::kNull;
  switch (text[0]) {
    case '~':
    case 'n':
    case 'N':
      return isOneOf(text, {"~", "null", "Null", "NULL"}) ? Kind::kNull : Kind::kString;
    case 't':
    case 'T':
    case 'f':
    case 'F':
      return isOneOf(text, {"true", "True", "TRUE", "false", "False", "FALSE"}) ? Kind::kBoolean
                                                                                : Kind::kString;
    case '.':
      if (isOneOf(text, {".nan", ".NaN", ".NAN"})) return Kind::kNotFinite;
      break;
    default:
      if (!isDigit(text[0]) && text[0] != '+' && text[0] != '-') return Kind::kString;
  }
  if (isOneOf(withoutSign(text), {".inf", ".Inf", ".INF"})) return Kind::kNotFinite;
  return numberKind(text);
}

void appendNumber(std::string& json, std::string_view text) {
  uint64_t value = 0;
  if (readRadix(text, value)) {
    json += std::to_string(value);
    return;
  }
  if (text[0] == '-') json += '-';
  text = withoutSign(text);
  size_t integer = countDigits(text);
  while (integer > 1 && text[0] == '0') {
    text.remove_prefix(1);
    integer--;
  }
  if (integer == 0) json += '0';
  const size_t point = text.find('.');
  if (point == std::string_view::npos) {
    json += text;
    return;
  }
  json += text.substr(0, point + 1);
  text.remove_prefix(point + 1);
  if (countDigits(text) == 0) json += '0';
  json += text;
}

void append(std::string& json, Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::kNull:
    case Kind::kNotFinite:
      json += "null";
      return;
    case Kind::kBoolean:
      json += (text[0] | 0x20) == 't' ? "true" : "false";
      return;
    case Kind::kInteger:
    case Kind::kFloat:
      appendNumber(json, text);
      return;
    case Kind::kString:
      appendJsonString(json, text);
  }
}

}  // namespace

void appendPlainScalar(std::string& json, std::string_view text) {
  append(json, kindOf(text), text);
}

bool isPlainString(std::string_view text) { return kindOf(text) == Kind::kString; }

bool appendTaggedScalar(std::string& json, std::string_view tag, std::string_view text) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  const Kind kind = kindOf(text);
  bool matches = true;
  std::string_view type;
  if (tag.substr(0, kCore.size()) == kCore) type = tag.substr(kCore.size());
  if (type == "null") {
    matches = kind == Kind::kNull;
  } else if (type == "bool") {
    matches = kind == Kind::kBoolean;
  } else if (type == "int") {
    matches = kind == Kind::kInteger;
  } else if (type == "float") {
    matches = kind == Kind::kInteger || kind == Kind::kFloat || kind == Kind::kNotFinite;
  } else {
    appendJsonString(json, text);
    return true;
  }
  if (matches) append(json, kind, text);
  return matches;
}

}  // namespace fsdb
