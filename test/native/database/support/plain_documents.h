// What a file of a folder should become, worked out without any of the product's code.
//
// JSON in full; of YAML only lines "key: number", and of Markdown and Prompty only a front matter
// of such lines with a body: tests write nothing else.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace fsdb {

// Minifies JSON; nullopt if it is not valid. A recursive descent, as the grammar stands.
class PlainJson {
 public:
  static std::optional<std::string> minify(std::string_view text) {
    PlainJson parser(text);
    if (!parser.value() || !parser.atEnd()) return std::nullopt;
    return parser.out_;
  }

 private:
  explicit PlainJson(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) at_++;
  }
  bool atEnd() {
    space();
    return at_ == text_.size();
  }
  bool take(char c) {
    space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    out_ += c;
    at_++;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    out_ += expected;
    at_ += expected.size();
    return true;
  }
  bool value() {
    space();
    if (at_ == text_.size()) return false;
    switch (text_[at_]) {
      case '{':
        return list('{', '}', true);
      case '[':
        return list('[', ']', false);
      case '"':
        return string().has_value();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }
  bool list(char open, char close, bool isObject) {
    std::set<std::string> keys;
    if (!take(open)) return false;
    if (take(close)) return true;
    do {
      space();
      if (isObject) {
        const auto key = string();
        if (!key || !keys.insert(*key).second || !take(':')) return false;
      }
      if (!value()) return false;
    } while (take(','));
    return take(close);
  }
  std::optional<std::string> string() {
    const size_t begin = at_;
    if (at_ == text_.size() || text_[at_++] != '"') return std::nullopt;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return std::nullopt;
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) return std::nullopt;
    at_++;
    std::string whole(text_.substr(begin, at_ - begin));
    out_ += whole;
    return whole;
  }
  // Tests write no wrong numbers.
  bool number() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view("+-.0123456789Ee").find(text_[at_]) != text_.npos) {
      at_++;
    }
    out_ += text_.substr(begin, at_ - begin);
    return at_ > begin;
  }

  std::string_view text_;
  std::string out_;
  size_t at_ = 0;
};

// "n: 1\nm: 2\n" gives `"n":1,"m":2`; nullopt if a line is anything else.
inline std::optional<std::string> plainYamlMembers(std::string_view text) {
  std::string members;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const size_t colon = line.find(": ");
    if (colon == line.npos || colon == 0) return std::nullopt;
    const std::string_view number = line.substr(colon + 2);
    if (number.empty() || number.find_first_not_of("0123456789") != number.npos) {
      return std::nullopt;
    }
    if (!members.empty()) members += ',';
    members += '"' + std::string(line.substr(0, colon)) + "\":" + std::string(number);
  }
  if (members.empty()) return std::nullopt;
  return members;
}

// `extension` in lower case, with its dot. nullopt: such a file is an error.
inline std::optional<std::string> plainDocument(std::string_view extension, std::string_view text) {
  if (extension == ".json") return PlainJson::minify(text);
  if (extension == ".yaml" || extension == ".yml") {
    // A JSON file that was given this extension is a YAML file all the same.
    if (text.starts_with('{')) return PlainJson::minify(text);
    const auto members = plainYamlMembers(text);
    if (!members) return std::nullopt;
    return "{" + *members + "}";
  }
  if (!text.starts_with("---\n")) return std::nullopt;
  text.remove_prefix(4);
  const size_t end = text.find("---\n");
  if (end == text.npos) return std::nullopt;
  const auto members = plainYamlMembers(text.substr(0, end));
  if (!members) return std::nullopt;
  return "{" + *members + ",\"content\":\"" + std::string(text.substr(end + 4)) + "\"}";
}

}  // namespace fsdb
