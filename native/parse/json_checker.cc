#include "parse/json_checker.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "parse/document_parser.h"
#include "parse/json_string.h"
#include "parse/text.h"

namespace fsdb {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// "'x'" for a printable character, "a control character" and the like for others.
std::string nameOf(std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c == 0) return "a NUL byte";
  if (c < 0x20 || c == 0x7f) return "a control character";
  size_t length = 1;
  while (at + length < text.size() && (text[at + length] & 0xc0) == 0x80) length++;
  return "'" + std::string(text.substr(at, length)) + "'";
}

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text), validUpTo_(findInvalidUtf8(text)) {}

  std::optional<Error> run() {
    skipSpace();
    if (atEnd()) return errorAt(text_, 0, "parse JSON: the file is empty");
    if (!value()) return error_;
    while (!open_.empty()) {
      if (!(open_.back().isObject ? nextMember() : nextElement())) return error_;
    }
    skipSpace();
    if (!atEnd()) fail(at_, "expected the end of the file, found " + nameOf(text_, at_));
    return error_;
  }

 private:
  struct Container {
    bool isObject;
    size_t start;
    std::unordered_set<std::string> keys;
    bool fresh = true;
  };

  bool atEnd() const { return at_ == text_.size(); }
  char current() const { return text_[at_]; }

  bool fail(size_t at, const std::string& message, ErrorCode code = ErrorCode::kParse) {
    // What precedes the error may be the reason for it, such as a broken byte inside a string.
    if (validUpTo_ <= at && validUpTo_ < text_.size()) {
      error_ = errorAt(text_, validUpTo_, "parse JSON: the text is not valid UTF-8");
    } else {
      error_ = errorAt(text_, at, "parse JSON: " + message, code);
    }
    return false;
  }

  // A truncated file: the end is where the error is, the opening is what helps.
  bool failAtEnd(const std::string& what, size_t start) {
    return fail(text_.size(), "the file ends inside the " + what + " that starts at line " +
                                  std::to_string(positionOf(text_, start).line));
  }

  bool failExpected(const std::string& expected) {
    if (!atEnd()) return fail(at_, "expected " + expected + ", found " + nameOf(text_, at_));
    if (open_.empty()) return fail(at_, "the file ends where " + expected + " should be");
    return failAtEnd(open_.back().isObject ? "object" : "array", open_.back().start);
  }

  void skipSpace() {
    while (!atEnd() &&
           (current() == ' ' || current() == '\n' || current() == '\r' || current() == '\t')) {
      at_++;
    }
  }

  bool value() {
    skipSpace();
    if (atEnd()) return failExpected("a value");
    const char c = current();
    if (c == '{' || c == '[') return open(c == '{');
    if (c == '"') return string(nullptr);
    if (c == '-' || isDigit(c)) return number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (c == word[0]) return literal(word);
    }
    if (c == '\'') return fail(at_, "strings take double quotes, found '''");
    if (c == '/') return fail(at_, "JSON has no comments");
    return failExpected("a value");
  }

  bool literal(std::string_view word) {
    const size_t start = at_;
    while (!atEnd() && current() >= 'a' && current() <= 'z') at_++;
    const std::string_view found = text_.substr(start, at_ - start);
    if (found == word) return true;
    if (atEnd() && word.substr(0, found.size()) == found) {
      return fail(at_, "the file ends inside '" + std::string(word) + "'");
    }
    return fail(start, "expected a value, found '" + std::string(found.substr(0, 20)) + "'");
  }

  bool digits() {
    if (atEnd()) return fail(at_, "the file ends inside a number");
    if (!isDigit(current())) return fail(at_, "expected a digit, found " + nameOf(text_, at_));
    while (!atEnd() && isDigit(current())) at_++;
    return true;
  }

  bool number() {
    if (current() == '-') at_++;
    const size_t integer = at_;
    if (!digits()) return false;
    if (text_[integer] == '0' && at_ - integer > 1) {
      return fail(integer, "numbers do not start with 0");
    }
    if (!atEnd() && current() == '.') {
      at_++;
      if (!digits()) return false;
    }
    if (!atEnd() && (current() == 'e' || current() == 'E')) {
      at_++;
      if (!atEnd() && (current() == '+' || current() == '-')) at_++;
      if (!digits()) return false;
    }
    return true;
  }

  // Leaves what stands between the quotes in `raw`, if given.
  bool string(std::string_view* raw) {
    const size_t start = at_++;
    while (!atEnd() && current() != '"') {
      if (static_cast<unsigned char>(current()) < 0x20) return control(start);
      if (current() != '\\') {
        at_++;
      } else if (!escape(start)) {
        return false;
      }
    }
    if (atEnd()) return failAtEnd("string", start);
    if (raw != nullptr) *raw = text_.substr(start + 1, at_ - start - 1);
    at_++;
    return true;
  }

  bool control(size_t start) {
    if (current() != '\n' && current() != '\r') {
      return fail(at_, "control characters in strings are written as escapes");
    }
    return fail(at_, "the line ends inside the string that starts at column " +
                         std::to_string(positionOf(text_, start).column));
  }

  bool escape(size_t start) {
    const Escape escape = readEscape(text_, at_);
    if (text_.size() - at_ < 2) return failAtEnd("string", start);
    switch (escape.fault) {
      case EscapeFault::kUnknown:
        return fail(at_, "there is no escape \\" + std::string(text_.substr(at_ + 1, 1)));
      case EscapeFault::kNotHex:
        return fail(at_, "\\u is followed by four hexadecimal digits");
      case EscapeFault::kLoneSurrogate:
        return fail(at_, "half of a surrogate pair is not a character");
      case EscapeFault::kNone:
        at_ += escape.length;
    }
    return true;
  }

  bool open(bool isObject) {
    if (open_.size() == kMaxDepth) {
      return fail(at_, "nested deeper than " + std::to_string(kMaxDepth) + " levels",
                  ErrorCode::kLimit);
    }
    open_.push_back({isObject, at_++, {}});
    return true;
  }

  bool close() {
    at_++;
    open_.pop_back();
    return true;
  }

  bool nextElement() {
    skipSpace();
    if (!atEnd() && current() == ']') return close();
    if (open_.back().fresh) {
      open_.back().fresh = false;
      return value();
    }
    if (atEnd() || current() != ',') return failExpected("',' or ']'");
    if (!comma(']')) return false;
    return value();
  }

  // Behind a comma: `closing` there means that it is one too many.
  bool comma(char closing) {
    const size_t at = at_++;
    skipSpace();
    if (!atEnd() && current() == closing) return fail(at, "a comma without a value behind it");
    return true;
  }

  bool nextMember() {
    skipSpace();
    if (!atEnd() && current() == '}') return close();
    if (!open_.back().fresh) {
      if (atEnd() || current() != ',') return failExpected("',' or '}'");
      if (!comma('}')) return false;
    }
    open_.back().fresh = false;
    if (atEnd() || current() != '"') return failExpected("a key in double quotes");
    if (!key()) return false;
    skipSpace();
    if (atEnd() || current() != ':') return failExpected("':'");
    at_++;
    return value();
  }

  bool key() {
    const size_t start = at_;
    std::string_view raw;
    if (!string(&raw)) return false;
    // Checked here, as decoding asks for valid UTF-8.
    if (validUpTo_ < at_) return fail(validUpTo_, "");
    if (open_.back().keys.insert(decodeJsonString(raw)).second) return true;
    return fail(start, "duplicate key \"" + std::string(raw.substr(0, 100)) + "\"");
  }

  const std::string_view text_;
  const size_t validUpTo_;  // where the text stops to be UTF-8
  size_t at_ = 0;
  std::vector<Container> open_;
  std::optional<Error> error_;
};

}  // namespace

std::optional<Error> findJsonError(std::string_view text) {
  std::optional<Error> error = Checker(text).run();
  if (error) return error;
  const size_t invalid = findInvalidUtf8(text);
  if (invalid == text.size()) return std::nullopt;
  return errorAt(text, invalid, "parse JSON: the text is not valid UTF-8");
}

}  // namespace fsdb
