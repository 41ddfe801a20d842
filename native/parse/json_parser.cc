#include "parse/json_parser.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>

#include "parse/document_parser.h"
#include "parse/json_checker.h"
#include "parse/json_string.h"
#include "parse/key_stack.h"
#include "parse/text.h"

namespace fsdb {
namespace {

using TokenFinder = simdjson::internal::dom_parser_implementation;

// A finder needs 4 bytes per byte of text. One for texts of up to this size is kept per thread;
// for the rare larger one it is made and freed.
constexpr size_t kKeptCapacity = size_t{256} << 10;

std::unique_ptr<TokenFinder> makeTokenFinder(size_t capacity) {
  std::unique_ptr<TokenFinder> finder;
  // The depth is that of the stage that is not used.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                              finder) != 0) {
    return nullptr;
  }
  return finder;
}

// Buffers that would otherwise be allocated for every document. No content outlives the call that
// put it there, so parsing stays a pure function.
struct Workspace {
  std::unique_ptr<TokenFinder> finder = makeTokenFinder(kKeptCapacity);
  KeyStack keys;
};

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool isOperator(char c) {
  const int bracket = c | 0x20;  // [ and ] become { and }
  return c == ',' || c == ':' || bracket == '{' || bracket == '}';
}
bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isNumber(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto digits = [&] {
    const char* const from = at;
    while (at < end && isDigit(*at)) at++;
    return at > from;
  };
  if (at < end && *at == '-') at++;
  const bool zero = at < end && *at == '0';
  const char* const integer = at;
  if (!digits() || (zero && at - integer > 1)) return false;
  if (at < end && *at == '.') {
    at++;
    if (!digits()) return false;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    if (!digits()) return false;
  }
  return at == end;
}

// Copies the tokens that a TokenFinder has found, checking them on the way.
class Minifier {
 public:
  Minifier(std::string_view text, const TokenFinder& finder, KeyStack& keys)
      : text_(text),
        starts_(finder.structural_indexes.get()),
        count_(finder.n_structural_indexes),
        keys_(keys),
        nextBackslash_(text.find('\\')) {
    keys_.clear();
  }

  // `out` has room for text.size() bytes. Returns how many were written; 0: not valid.
  size_t run(char* out) {
    out_ = out;
    runStart_ = runEnd_ = text_.data();
    if (!value()) return 0;
    while (depth_ > 0) {
      if (!(frames_[depth_ - 1].isObject ? nextMember() : nextElement())) return 0;
    }
    if (token_ != count_) return 0;
    flush();
    return static_cast<size_t>(out_ - out);
  }

 private:
  struct Frame {
    bool isObject;
    uint32_t firstKey;  // in keys_
  };

  // The next token without the white space behind it; empty at the end.
  std::string_view take() {
    if (token_ == count_) return {};
    const size_t start = starts_[token_++];
    if (isOperator(text_[start])) return text_.substr(start, 1);
    size_t end = token_ == count_ ? text_.size() : starts_[token_];
    while (end > start && isSpace(text_[end - 1])) end--;
    return text_.substr(start, end - start);
  }

  // Tokens that touch are copied together: one run per stretch without white space.
  void copy(std::string_view token) {
    if (token.data() != runEnd_) {
      flush();
      runStart_ = token.data();
    }
    runEnd_ = token.data() + token.size();
  }

  void flush() {
    const auto length = static_cast<size_t>(runEnd_ - runStart_);
    std::memcpy(out_, runStart_, length);
    out_ += length;
  }

  bool value() {
    const std::string_view token = take();
    return !token.empty() && value(token);
  }

  bool value(std::string_view token) {
    copy(token);
    switch (token[0]) {
      case '"':
        return isString(token);
      case '{':
        return open(true);
      case '[':
        return open(false);
      case 't':
        return token == "true";
      case 'f':
        return token == "false";
      case 'n':
        return token == "null";
      default:
        return isNumber(token);
    }
  }

  bool open(bool isObject) {
    if (depth_ == kMaxDepth) return false;
    frames_[depth_++] = {isObject, static_cast<uint32_t>(keys_.size())};
    fresh_ = true;
    return true;
  }

  bool close(std::string_view token) {
    copy(token);
    depth_--;
    fresh_ = false;
    return !frames_[depth_].isObject || keys_.close(frames_[depth_].firstKey);
  }

  bool nextElement() {
    std::string_view token = take();
    if (token.empty()) return false;
    if (token[0] == ']') return close(token);
    if (fresh_) {
      fresh_ = false;
      return value(token);
    }
    if (token[0] != ',') return false;
    copy(token);
    return value();
  }

  bool nextMember() {
    std::string_view token = take();
    if (token.empty()) return false;
    if (token[0] == '}') return close(token);
    if (!fresh_) {
      if (token[0] != ',') return false;
      copy(token);
      token = take();
    }
    fresh_ = false;
    if (token.empty() || token[0] != '"' || !key(token)) return false;
    const std::string_view colon = take();
    if (colon.empty() || colon[0] != ':') return false;
    copy(colon);
    return value();
  }

  bool key(std::string_view token) {
    copy(token);
    const bool plain = text_.data() + std::min(nextBackslash_, text_.size()) >= runEnd_;
    if (!isString(token)) return false;
    const std::string_view raw = token.substr(1, token.size() - 2);
    if (plain) {
      keys_.push(raw);
    } else {
      decoded_.push_back(decodeJsonString(raw));
      keys_.push(decoded_.back());
    }
    return true;
  }

  // The finder has seen to the quotes and to control characters; escapes remain.
  bool isString(std::string_view token) {
    if (token.size() < 2 || token.back() != '"') return false;
    const auto start = static_cast<size_t>(token.data() - text_.data());
    const size_t end = start + token.size();
    if (nextBackslash_ >= end) return true;
    const std::string_view inside = text_.substr(0, end - 1);
    while (nextBackslash_ < end) {
      const Escape escape = readEscape(inside, nextBackslash_);
      if (escape.fault != EscapeFault::kNone) return false;
      nextBackslash_ = text_.find('\\', nextBackslash_ + escape.length);
    }
    return true;
  }

  const std::string_view text_;
  const uint32_t* const starts_;
  const size_t count_;
  size_t token_ = 0;
  KeyStack& keys_;
  std::deque<std::string> decoded_;  // keys with escapes; their addresses must not change
  size_t nextBackslash_;             // the first one behind the tokens taken; npos
  Frame frames_[kMaxDepth];
  int depth_ = 0;
  bool fresh_ = false;  // the innermost object or array has no member yet
  char* out_ = nullptr;
  const char* runStart_ = nullptr;
  const char* runEnd_ = nullptr;
};

size_t minify(std::string_view text, TokenFinder& finder, KeyStack& keys, char* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  if (finder.stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return 0;
  }
  return Minifier(text, finder, keys).run(out);
}

}  // namespace

Result<std::string> parseJson(std::string_view text) {
  static thread_local Workspace workspace;
  std::unique_ptr<TokenFinder> large;
  TokenFinder* finder = workspace.finder.get();
  if (text.size() > kKeptCapacity) {
    large = makeTokenFinder(text.size());
    finder = large.get();
  }
  if (finder == nullptr) {
    return errorWith(ErrorCode::kLimit, "parse JSON: the text is too large for the memory");
  }
  std::string json(text.size(), '\0');
  json.resize(minify(text, *finder, workspace.keys, json.data()));
  if (!json.empty()) return json;
  std::optional<Error> error = findJsonError(text);
  if (error) return *std::move(error);
  return errorWith(ErrorCode::kInternal, "parse JSON: the fast parser refused a valid text");
}

}  // namespace fsdb
