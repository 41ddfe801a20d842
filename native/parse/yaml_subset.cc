#include "parse/yaml_subset.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "parse/json_string.h"
#include "parse/key_stack.h"
#include "parse/yaml_scalar.h"

namespace fsdb {
namespace {

constexpr int kMaxSubsetDepth = 24;                  // recursion; deeper is libfyaml's
constexpr size_t kMaxSubsetBytes = size_t{1} << 20;  // keeps it below kMaxYamlNodes
constexpr size_t kMaxSubsetKey = 128;                // bytes; YAML allows 1024 characters

enum CharClass : uint8_t {
  kKeyStart = 1,    // may start a key
  kKeyInside = 2,   // may stand in a key
  kPlainStart = 4,  // may start a plain scalar
  kFlowInside = 8,  // may stand in a plain scalar between brackets
};

constexpr std::array<uint8_t, 256> makeCharClasses() {
  std::array<uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, int bits) {
    for (const char c : characters) classes[static_cast<uint8_t>(c)] |= static_cast<uint8_t>(bits);
  };
  const int all = kKeyStart | kKeyInside | kPlainStart | kFlowInside;
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", all);
  add("/.$", kKeyInside | kPlainStart | kFlowInside);
  add("- ", kKeyInside | kFlowInside);
  add("(+~<=;^\\", kPlainStart);
  add("()+", kFlowInside);
  for (int c = 0x80; c < 0x100; c++) {
    classes[static_cast<size_t>(c)] = kPlainStart | kFlowInside;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kCharClasses = makeCharClasses();

bool is(char c, CharClass which) { return (kCharClasses[static_cast<uint8_t>(c)] & which) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

// Nothing but a comment, or nothing at all, may follow on the line of a value.
bool endsLine(std::string_view rest) {
  if (rest.empty()) return true;
  return rest[0] == ' ' && trimmed(rest).front() == '#';
}

// Line breaks and byte order marks beyond ASCII, and characters that YAML does not print.
bool isSuspicious(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  switch (byte(0)) {
    case 0xc2:
      return byte(1) < 0xa0;
    case 0xe2:
      return byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9);
    case 0xef:
      return byte(1) == 0xbb || byte(1) == 0xbf;
    default:
      return false;
  }
}

bool isFamiliarSlowly(std::string_view text) {
  for (size_t i = 0; i < text.size(); i++) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80 && isSuspicious(text, i)) return false;
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return false;
    if ((c < 0x20 && c != '\n' && c != '\r') || c == 0x7f) return false;
  }
  return true;
}

// No tabs or other control characters, and no special ones beyond ASCII.
bool isFamiliar(std::string_view text) {
  unsigned unusual = 0;
  for (const char c : text) {  // without branches, so that compilers vectorise it
    const auto byte = static_cast<unsigned char>(c);
    unusual |= static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\n');
    unusual |= static_cast<unsigned>(byte >= 0x7f);
  }
  return unusual == 0 || isFamiliarSlowly(text);
}

class SubsetParser {
 public:
  SubsetParser(std::string_view yaml, const YamlRules& rules, std::string& json)
      : yaml_(yaml), rules_(rules), json_(json) {}

  bool run() {
    if (yaml_.size() > kMaxSubsetBytes || !isFamiliar(yaml_)) return false;
    json_.reserve(yaml_.size() + yaml_.size() / 4 + 16);
    next();
    if (atEnd_) {
      json_ = "{}";
      return rules_.frontMatter;
    }
    if (indent_ != 0) return false;
    if (!isDash()) return mapping(0, 1) && atEnd_;
    return !rules_.frontMatter && sequence(0, 1) && atEnd_;
  }

 private:
  // Goes to the next line that is neither blank nor a comment.
  void next() {
    while (at_ < yaml_.size()) {
      const std::string_view line = takeLine();
      const size_t indent = std::min(line.find_first_not_of(' '), line.size());
      if (indent == line.size() || line[indent] == '#') continue;
      indent_ = indent;
      line_ = line.substr(indent);
      return;
    }
    atEnd_ = true;
    indent_ = 0;
    line_ = {};
  }

  std::string_view takeLine() {
    const size_t end = std::min(yaml_.find('\n', at_), yaml_.size());
    std::string_view line = yaml_.substr(at_, end - at_);
    at_ = std::min(end + 1, yaml_.size());
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
    return line;
  }

  bool isDash() const { return line_[0] == '-' && (line_.size() == 1 || line_[1] == ' '); }
  bool isAt(size_t indent) const { return !atEnd_ && indent_ == indent; }
  bool isBehind(size_t indent) const { return !atEnd_ && indent_ > indent; }

  bool mapping(size_t indent, int depth) {
    if (depth > kMaxSubsetDepth) return false;
    const size_t firstKey = keys_.size();
    json_ += '{';
    do {
      if (json_.back() != '{') json_ += ',';
      if (!member(indent, depth)) return false;
    } while (isAt(indent) && !isDash());
    json_ += '}';
    return !isBehind(indent) && keys_.close(firstKey);
  }

  // The length of the key that `line` starts with, with a colon behind it; 0 if there is none.
  static size_t keyLength(std::string_view line) {
    if (line.empty() || !is(line[0], kKeyStart)) return 0;
    size_t length = 1;
    while (length < line.size() && is(line[length], kKeyInside)) length++;
    if (length >= line.size() || line[length] != ':' || line[length - 1] == ' ') return 0;
    if (length > kMaxSubsetKey) return 0;
    return length + 1 == line.size() || line[length + 1] == ' ' ? length : 0;
  }

  bool member(size_t indent, int depth) {
    const size_t length = keyLength(line_);
    if (length == 0) return false;
    const std::string_view key = line_.substr(0, length);
    const auto& reserved = rules_.reserved;
    if (depth == 1 && std::find(reserved.begin(), reserved.end(), key) != reserved.end()) {
      return false;
    }
    keys_.push(key);
    json_ += '"';
    json_ += key;
    json_ += "\":";
    const std::string_view rest = trimmed(line_.substr(length + 1));
    if (rest.empty() || rest[0] == '#') return nested(indent, depth);
    return value(rest, indent);
  }

  bool nested(size_t indent, int depth) {
    next();
    if (isAt(indent) && isDash()) return sequence(indent, depth + 1);
    if (!isBehind(indent)) {
      json_ += "null";
      return true;
    }
    return isDash() ? sequence(indent_, depth + 1) : mapping(indent_, depth + 1);
  }

  bool sequence(size_t indent, int depth) {
    if (depth > kMaxSubsetDepth) return false;
    json_ += '[';
    do {
      if (json_.back() != '[') json_ += ',';
      if (!item(indent, depth)) return false;
    } while (isAt(indent) && isDash());
    json_ += ']';
    return !isBehind(indent);
  }

  bool item(size_t indent, int depth) {
    const size_t skip = line_.find_first_not_of(' ', 1);
    if (skip == std::string_view::npos) return false;
    const std::string_view rest = line_.substr(skip);
    if (keyLength(rest) == 0) return value(rest, indent);
    line_ = rest;
    indent_ = indent + skip;
    return mapping(indent_, depth + 1);
  }

  // A value that starts on the line of its key or dash, which stands at `indent`.
  bool value(std::string_view rest, size_t indent) {
    if (rest[0] == '|') return literal(rest, indent);
    if (!scalar(rest)) return false;
    next();
    return true;
  }

  bool scalar(std::string_view rest) {
    switch (rest[0]) {
      case '"':
      case '\'':
        return quoted(rest) && endsLine(rest);
      case '[':
        return flowSequence(rest) && endsLine(rest);
      case '{':
        json_ += "{}";
        return rest.substr(0, 2) == "{}" && endsLine(rest.substr(2));
      default:
        return plain(rest);
    }
  }

  bool plain(std::string_view rest) {
    const bool dash = rest[0] == '-' && rest.size() > 1 && rest[1] != ' ';
    if (!dash && !is(rest[0], kPlainStart)) return false;
    for (size_t i = 1; i < rest.size(); i++) {
      if (rest[i] == ':' && (i + 1 == rest.size() || rest[i + 1] == ' ')) return false;
      if (rest[i] == '#' && rest[i - 1] == ' ') {
        rest = trimmed(rest.substr(0, i));
        break;
      }
    }
    appendPlainScalar(json_, rest);
    return true;
  }

  // Takes a quoted scalar from the start of `rest`.
  bool quoted(std::string_view& rest) {
    return rest[0] == '"' ? doubleQuoted(rest) : singleQuoted(rest);
  }

  // Accepts the escapes that are the same in JSON, so that the text needs no decoding.
  bool doubleQuoted(std::string_view& rest) {
    size_t at = 1;
    while (at < rest.size() && rest[at] != '"') {
      if (rest[at] == '\\') {
        at++;
        if (at == rest.size()) return false;
        const char c = rest[at];
        if (c != '"' && c != '\\' && c != 'n' && c != 't') return false;
      }
      at++;
    }
    if (at >= rest.size()) return false;
    json_ += rest.substr(0, at + 1);
    rest.remove_prefix(at + 1);
    return true;
  }

  bool singleQuoted(std::string_view& rest) {
    const size_t end = rest.find('\'', 1);
    if (end == std::string_view::npos) return false;
    if (end + 1 < rest.size() && rest[end + 1] == '\'') return false;
    appendJsonString(json_, rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    return true;
  }

  // Takes [a, "b", 3] from the start of `rest`.
  bool flowSequence(std::string_view& rest) {
    json_ += '[';
    rest.remove_prefix(1);
    skipSpaces(rest);
    if (!rest.empty() && rest[0] == ']') {
      json_ += ']';
      rest.remove_prefix(1);
      return true;
    }
    while (!rest.empty()) {
      if (!(rest[0] == '"' || rest[0] == '\'' ? quoted(rest) : flowPlain(rest))) return false;
      skipSpaces(rest);
      if (rest.empty()) return false;
      const char c = rest[0];
      rest.remove_prefix(1);
      json_ += c;
      if (c == ']') return true;
      if (c != ',') return false;
      skipSpaces(rest);
    }
    return false;
  }

  bool flowPlain(std::string_view& rest) {
    if (!is(rest[0], kKeyStart) && static_cast<unsigned char>(rest[0]) < 0x80) return false;
    size_t length = 1;
    while (length < rest.size() && is(rest[length], kFlowInside)) length++;
    appendPlainScalar(json_, trimmed(rest.substr(0, length)));
    rest.remove_prefix(length);
    return true;
  }

  static void skipSpaces(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }

  // A literal block, | or |-, whose first line holds text and which ends with a line break.
  bool literal(std::string_view header, size_t parentIndent) {
    const bool strip = header == "|-";
    if (!strip && header != "|") return false;
    size_t indent = 0;
    std::string text;
    size_t blanks = 0;
    while (at_ < yaml_.size()) {
      const size_t end = yaml_.find('\n', at_);
      if (end == std::string_view::npos) return false;
      std::string_view line = yaml_.substr(at_, end - at_);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      const size_t spaces = std::min(line.find_first_not_of(' '), line.size());
      if (spaces == line.size()) {
        if (indent == 0 || spaces > indent) return false;
        blanks++;
      } else {
        if (indent == 0) indent = spaces;
        if (indent <= parentIndent) return false;
        if (spaces < indent) break;
        text.append(blanks, '\n');
        blanks = 0;
        text += line.substr(indent);
        text += '\n';
      }
      at_ = end + 1;
    }
    if (text.empty()) return false;
    if (strip) text.pop_back();
    appendJsonString(json_, text);
    next();
    return true;
  }

  const std::string_view yaml_;
  const YamlRules& rules_;
  std::string& json_;
  KeyStack keys_;
  size_t at_ = 0;          // behind the current line
  std::string_view line_;  // without indentation and trailing space
  size_t indent_ = 0;
  bool atEnd_ = false;
};

}  // namespace

bool parseYamlSubset(std::string_view yaml, const YamlRules& rules, std::string& json) {
  return SubsetParser(yaml, rules, json).run();
}

}  // namespace fsdb
