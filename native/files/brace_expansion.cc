#include "files/brace_expansion.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

namespace fsdb {
namespace {

using Strings = std::vector<std::string>;

Error patternError(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

// Every string so far, continued with each of `ends`.
Result<void> multiply(Strings& strings, const Strings& ends) {
  if (strings.size() * ends.size() > kMaxAlternatives) {
    return patternError(ErrorCode::kLimit, "it stands for more than " +
                                               std::to_string(kMaxAlternatives) + " patterns");
  }
  if (ends.size() == 1) {
    for (auto& string : strings) string += ends.front();
    return {};
  }
  Strings product;
  product.reserve(strings.size() * ends.size());
  for (const auto& string : strings) {
    for (const auto& end : ends) product.push_back(string + end);
  }
  strings = std::move(product);
  return {};
}

struct Braces {
  size_t end = 0;                       // behind the closing brace
  std::vector<std::string_view> parts;  // between the commas of this level
};

// The braces that start at pattern[start] == '{'; nullopt if they are not closed.
std::optional<Braces> findBraces(std::string_view pattern, size_t start) {
  Braces braces;
  int depth = 0;
  size_t part = start + 1;
  for (size_t i = start; i < pattern.size(); i++) {
    const char c = pattern[i];
    if (c == '\\') {
      i++;
    } else if (c == '[') {
      const size_t end = endOfClass(pattern, i);
      if (end == std::string_view::npos) return std::nullopt;
      i = end - 1;
    } else if (c == '{') {
      depth++;
    } else if (c == ',' && depth == 1) {
      braces.parts.push_back(pattern.substr(part, i - part));
      part = i + 1;
    } else if (c == '}' && --depth == 0) {
      braces.parts.push_back(pattern.substr(part, i - part));
      braces.end = i + 1;
      return braces;
    }
  }
  return std::nullopt;
}

std::optional<int> parseNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  const bool sane = std::abs(static_cast<long>(number)) <= 1'000'000'000;
  if (code != std::errc() || stop != end || !sane) return std::nullopt;
  return number;
}

bool hasLeadingZero(std::string_view text) { return text.size() > 1 && text.front() == '0'; }

std::string padded(int number, size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

// "1..10", "01..10", "a..e"; nullopt: no range.
std::optional<Strings> expandRange(std::string_view inner) {
  const size_t dots = inner.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto first = inner.substr(0, dots);
  const auto last = inner.substr(dots + 2);
  const auto isLetter = [](std::string_view text) {
    return text.size() == 1 &&
           ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  };
  const bool letters = isLetter(first) && isLetter(last);
  const auto low = letters ? std::optional<int>(first[0]) : parseNumber(first);
  const auto high = letters ? std::optional<int>(last[0]) : parseNumber(last);
  if (!low || !high) return std::nullopt;
  const bool pad = hasLeadingZero(first) || hasLeadingZero(last);
  const size_t width = pad ? std::max(first.size(), last.size()) : 0;
  Strings range;
  // One more than allowed is enough to be refused.
  for (int i = std::min(*low, *high); i <= std::max(*low, *high); i++) {
    range.push_back(letters ? std::string(1, static_cast<char>(i)) : padded(i, width));
    if (range.size() > kMaxAlternatives) break;
  }
  return range;
}

Result<Strings> expand(std::string_view pattern, int depth);

Result<Strings> expandParts(const Braces& braces, int depth) {
  Strings alternatives;
  if (braces.parts.size() == 1) {
    if (auto range = expandRange(braces.parts.front())) return std::move(*range);
    auto inner = expand(braces.parts.front(), depth + 1);
    if (!inner) return std::move(inner).error();
    for (const auto& string : *inner) alternatives.push_back("\\{" + string + "\\}");
    return alternatives;
  }
  for (const auto part : braces.parts) {
    auto inner = expand(part, depth + 1);
    if (!inner) return std::move(inner).error();
    alternatives.insert(alternatives.end(), inner->begin(), inner->end());
    if (alternatives.size() > kMaxAlternatives) break;  // multiply() says so
  }
  return alternatives;
}

// "[abc]", and also the file of that name; as in picomatch, unless something in it looks like more
// than a plain list of characters.
Strings expandClass(std::string_view text) {
  const auto inner = text.substr(1, text.size() - 2);
  if (inner.find_first_of("-*+?.^${}(|)[]!\\/") != std::string_view::npos) {
    return {std::string(text)};
  }
  return {std::string(text), "\\[" + std::string(inner) + "\\]"};
}

Result<Strings> expand(std::string_view pattern, int depth) {
  if (depth > kMaxBraceDepth) {
    return patternError(ErrorCode::kParse, "its braces are nested deeper than " +
                                               std::to_string(kMaxBraceDepth) + " levels");
  }
  Strings strings{""};
  size_t i = 0;
  while (i < pattern.size()) {
    size_t end = std::min(i + (pattern[i] == '\\' ? 2 : 1), pattern.size());
    Strings ends{std::string(pattern.substr(i, end - i))};
    if (pattern[i] == '[') {
      end = endOfClass(pattern, i);
      if (end == std::string_view::npos) {
        return patternError(ErrorCode::kParse, "'[' is not closed; for the character write \\[");
      }
      ends = expandClass(pattern.substr(i, end - i));
    } else if (pattern[i] == '{') {
      const auto braces = findBraces(pattern, i);
      if (!braces) {
        return patternError(ErrorCode::kParse, "'{' is not closed; for the character write \\{");
      }
      end = braces->end;
      auto parts = expandParts(*braces, depth);
      if (!parts) return parts;
      ends = std::move(*parts);
    }
    FSDB_TRY(multiply(strings, ends));
    i = end;
  }
  return strings;
}

}  // namespace

size_t endOfClass(std::string_view pattern, size_t start) {
  size_t i = start + 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) i++;
  if (i < pattern.size() && pattern[i] == ']') i++;  // first: the character itself
  for (; i < pattern.size(); i++) {
    if (pattern[i] == '\\') {
      i++;
    } else if (pattern[i] == ']') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

Result<std::vector<std::string>> expandBraces(std::string_view pattern) {
  return expand(pattern, 0);
}

}  // namespace fsdb
