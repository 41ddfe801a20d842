#include "parse/yaml_writer.h"

#include <algorithm>
#include <array>

#include "parse/json_members.h"
#include "parse/json_string.h"
#include "parse/yaml_scalar.h"

namespace fsdb {
namespace {

// YAML limits keys without "? " to 1024 characters.
constexpr size_t kMaxSimpleKey = 1000;

bool isLetter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

// Words that YAML 1.1, which many programs still read, takes for booleans.
bool isOldBoolean(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kWords = {"yes", "no",   "on",
                                                             "off", "true", "false"};
  if (text.size() > 5) return false;
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(isLetter(c) ? c | 0x20 : c);
  for (const std::string_view word : kWords) {
    if (lower == word) return true;
  }
  return false;
}

// Characters beyond ASCII that are written as escapes: C1, line separators, byte order marks,
// non-characters. Returns the bytes of such a one at text[at], or 0.
size_t specialLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  if (byte(0) == 0xc2 && byte(1) < 0xa0) return 2;
  if (byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9)) return 3;
  if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) return 3;
  if (byte(0) == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe) return 3;
  return 0;
}

bool isPrintable(std::string_view text) {
  for (size_t i = 0; i < text.size(); i++) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f || (c >= 0x80 && specialLength(text, i) > 0)) return false;
  }
  return true;
}

// Starts with a letter and the like, so that no YAML, old or new, sees a number, a date or an
// indicator in it.
bool isPlainSafe(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  const char first = text[0];
  if (!isLetter(first) && first != '_' && first != '/' && first != '$' && !(first & 0x80)) {
    return false;
  }
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return false;
  }
  return isPrintable(text) && isPlainString(text) && !isOldBoolean(text);
}

// A text of several lines whose indentation and line ends survive in a literal block.
bool isLiteralSafe(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text[0] == '\n' || text[0] == ' ') return false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!isPrintable(line)) return false;
    if (!line.empty() && line.find_first_not_of(' ') == std::string_view::npos) return false;
    at = end + 1;
  }
  return true;
}

class YamlWriter {
 public:
  std::string run(std::string_view json) {
    if (isFilled(json)) {
      block(json, 0);
    } else {
      inlineValue(json);
      yaml_ += '\n';
    }
    return std::move(yaml_);
  }

 private:
  static bool isContainer(std::string_view value) { return value[0] == '{' || value[0] == '['; }
  static bool isFilled(std::string_view value) { return isContainer(value) && value.size() > 2; }

  void newLine(int level) { yaml_.append(static_cast<size_t>(level) * 2, ' '); }

  // The members of a filled container, each on its line.
  void block(std::string_view container, int level) {
    const bool isObject = container[0] == '{';
    bool first = true;
    for (JsonMembers members(container); members.next(); first = false) {
      // The first key of an object in a sequence stands on the line of its dash.
      if (!first || !afterDash_) newLine(level);
      afterDash_ = false;
      if (isObject) {
        key(decodeJsonString(members.key()), level);
        valueOfKey(members.value(), level);
      } else {
        yaml_ += '-';
        element(members.value(), level);
      }
    }
  }

  void key(const std::string& key, int level) {
    if (key.size() <= kMaxSimpleKey) {
      string(key);
    } else {
      yaml_ += "? ";
      quoted(key);
      yaml_ += '\n';
      newLine(level);
    }
    yaml_ += ':';
  }

  void valueOfKey(std::string_view value, int level) {
    if (isFilled(value) && level + 1 < kMaxIndentedLevels) {
      yaml_ += '\n';
      block(value, level + 1);
    } else {
      yaml_ += ' ';
      lineOrLiteral(value, level);
    }
  }

  void element(std::string_view value, int level) {
    if (!isFilled(value) || level + 1 >= kMaxIndentedLevels) {
      yaml_ += ' ';
      lineOrLiteral(value, level);
    } else if (value[0] == '{') {
      yaml_ += ' ';
      afterDash_ = true;
      block(value, level + 1);
    } else {
      yaml_ += '\n';
      block(value, level + 1);
    }
  }

  void lineOrLiteral(std::string_view value, int level) {
    if (value[0] == '"') {
      const std::string text = decodeJsonString(value.substr(1, value.size() - 2));
      if (isLiteralSafe(text)) return literal(text, level + 1);
    }
    inlineValue(value);
    yaml_ += '\n';
  }

  void literal(std::string_view text, int level) {
    yaml_ += '|';
    if (text.back() != '\n') {
      yaml_ += '-';
    } else if (text[text.size() - 2] == '\n') {
      yaml_ += '+';
    }
    yaml_ += '\n';
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) newLine(level);
      yaml_ += text.substr(at, end - at);
      yaml_ += '\n';
      at = end + 1;
    }
  }

  // A scalar or a whole container on one line.
  void inlineValue(std::string_view value) {
    if (value[0] == '"') return string(decodeJsonString(value.substr(1, value.size() - 2)));
    if (!isContainer(value)) {
      yaml_ += value;
      return;
    }
    // Strings are written anew: YAML wants more escapes than JSON. Recursion would have the depth
    // of the document, so this walks the text.
    for (size_t at = 0; at < value.size();) {
      if (value[at] != '"') {
        yaml_ += value[at++];
        continue;
      }
      const size_t end = endOfJsonValue(value, at);
      quoted(decodeJsonString(value.substr(at + 1, end - at - 2)));
      at = end;
    }
  }

  void string(const std::string& text) {
    if (isPlainSafe(text)) {
      yaml_ += text;
    } else {
      quoted(text);
    }
  }

  void quoted(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    for (size_t i = 0; i < json.size(); i++) {
      if (json[i] == '\x7f') {
        yaml_ += "\\u007f";
        continue;
      }
      const size_t length = (json[i] & 0x80) != 0 ? specialLength(json, i) : 0;
      if (length == 0) {
        yaml_ += json[i];
      } else {
        escape(json.substr(i, length));
        i += length - 1;
      }
    }
  }

  void escape(std::string_view utf8) {
    static constexpr char kHex[] = "0123456789abcdef";
    unsigned codePoint = static_cast<unsigned char>(utf8[0]) & (utf8.size() == 2 ? 0x1fu : 0x0fu);
    for (const char c : utf8.substr(1))
      codePoint = codePoint << 6 | (static_cast<unsigned>(c) & 0x3f);
    yaml_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) yaml_ += kHex[codePoint >> shift & 15];
  }

  std::string yaml_;
  bool afterDash_ = false;
};

}  // namespace

std::string writeYaml(std::string_view json) { return YamlWriter().run(json); }

}  // namespace fsdb
