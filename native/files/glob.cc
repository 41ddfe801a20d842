#include "files/glob.h"

#include <algorithm>

#include "files/brace_expansion.h"
#include "files/utf8.h"

namespace fsdb {
namespace {

constexpr size_t kNone = std::string_view::npos;

Error patternError(std::string message) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::move(message);
  return error;
}

// The '/'-separated components of a path, in turn.
class Components {
 public:
  explicit Components(std::string_view path) : path_(path), end_(endFrom(0)) {}

  bool done() const { return start_ > path_.size(); }
  std::string_view get() const { return path_.substr(start_, end_ - start_); }
  void next() {
    start_ = end_ + 1;
    if (!done()) end_ = endFrom(start_);
  }

 private:
  size_t endFrom(size_t start) const { return std::min(path_.find('/', start), path_.size()); }

  std::string_view path_;
  size_t start_ = 0;
  size_t end_;
};

// Where the component of `pattern` that begins at `start` ends: '/' in a class is no separator.
size_t endOfComponent(std::string_view pattern, size_t start) {
  for (size_t i = start; i < pattern.size(); i++) {
    if (pattern[i] == '/') return i;
    if (pattern[i] == '\\')
      i++;
    else if (pattern[i] == '[')
      i = endOfClass(pattern, i) - 1;
  }
  return pattern.size();
}

}  // namespace

Result<Glob> Glob::compile(std::string_view pattern) {
  Glob glob;
  size_t start = 0;
  while (start <= pattern.size()) {
    const size_t end = endOfComponent(pattern, start);
    auto component = compileComponent(pattern.substr(start, end - start));
    if (!component) return std::move(component).error();
    const bool again =
        component->globstar && !glob.components_.empty() && glob.components_.back().globstar;
    if (!again) glob.components_.push_back(std::move(*component));
    start = end + 1;
  }
  auto& components = glob.components_;
  // "a*/**" is "a*/*/**": see the header.
  if (components.size() >= 2 && components.back().globstar) {
    const auto& before = components[components.size() - 2];
    if (!before.tokens.empty() && before.tokens.back().kind == TokenKind::kStar) {
      Component any;
      any.tokens.push_back({TokenKind::kStar, {}, {}});
      components.insert(components.end() - 1, std::move(any));
    }
  }
  return glob;
}

Result<Glob::Component> Glob::compileComponent(std::string_view pattern) {
  Component component;
  component.globstar = pattern == "**";
  if (component.globstar) return component;
  if (pattern == "." || pattern == "..") {
    return patternError("the components '.' and '..' match nothing");
  }
  auto& tokens = component.tokens;
  for (size_t i = 0; i < pattern.size(); i++) {
    char c = pattern[i];
    if (c == '*') {
      const bool again = !tokens.empty() && tokens.back().kind == TokenKind::kStar;
      if (!again) tokens.push_back({TokenKind::kStar, {}, {}});
    } else if (c == '?') {
      tokens.push_back({TokenKind::kAny, {}, {}});
    } else if (c == '[') {
      const size_t end = endOfClass(pattern, i);
      auto token = compileClass(pattern.substr(i, end - i));
      if (!token) return std::move(token).error();
      tokens.push_back(std::move(*token));
      i = end - 1;
    } else {
      if (c == '(' || c == ')' || c == '|') {
        return patternError("(, ) and | have no meaning; for the characters write \\( \\) \\|");
      }
      if (c == '\\') {
        if (++i == pattern.size()) return patternError("it ends with a lone backslash");
        c = pattern[i];
      }
      if (tokens.empty() || tokens.back().kind != TokenKind::kText) {
        tokens.push_back({TokenKind::kText, {}, {}});
      }
      tokens.back().text += c;
    }
  }
  return component;
}

Result<Glob::Token> Glob::compileClass(std::string_view text) {
  Token token{TokenKind::kClass, {}, {}};
  if (text.find("[:", 1) != kNone) return patternError("classes such as [:alpha:] are not known");
  auto rest = text.substr(1, text.size() - 2);
  if (!rest.empty() && (rest.front() == '!' || rest.front() == '^')) {
    token.characters.negated = true;
    rest.remove_prefix(1);
  }
  const auto take = [&rest] {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    const auto [code, length] = firstCharacter(rest);
    rest.remove_prefix(length);
    return code;
  };
  while (!rest.empty()) {
    const char32_t low = take();
    char32_t high = low;
    if (rest.size() > 1 && rest.front() == '-') {
      rest.remove_prefix(1);
      high = take();
    }
    if (high < low) return patternError("a range in [] ends before it starts");
    token.characters.ranges.emplace_back(low, high);
  }
  return token;
}

void Glob::extendBelow() {
  Component all;
  all.globstar = true;
  if (!components_.back().globstar) components_.push_back(std::move(all));
}

// How many bytes at the start of `text` the token, which is no star, matches; kNone: it does not.
size_t Glob::consume(const Token& token, std::string_view text) {
  if (token.kind == TokenKind::kText) {
    return text.starts_with(token.text) ? token.text.size() : kNone;
  }
  if (text.empty()) return kNone;
  const auto [code, length] = firstCharacter(text);
  if (token.kind == TokenKind::kAny) return length;
  for (const auto& [low, high] : token.characters.ranges) {
    if (low <= code && code <= high) return token.characters.negated ? kNone : length;
  }
  return token.characters.negated ? length : kNone;
}

bool Glob::matchesComponent(const Component& component, std::string_view text) {
  const auto& tokens = component.tokens;
  size_t token = 0;
  size_t afterStar = kNone;  // the token behind the last star
  std::string_view retry;    // what that star has not swallowed yet
  while (true) {
    if (token < tokens.size() && tokens[token].kind == TokenKind::kStar) {
      afterStar = ++token;
      retry = text;
      if (token == tokens.size()) return true;
      continue;
    }
    const size_t length = token < tokens.size() ? consume(tokens[token], text) : kNone;
    if (length != kNone) {
      text.remove_prefix(length);
      token++;
    } else if (token == tokens.size() && text.empty()) {
      return true;
    } else {
      if (afterStar == kNone || retry.empty()) return false;
      retry.remove_prefix(firstCharacter(retry).second);
      text = retry;
      token = afterStar;
    }
  }
}

bool Glob::matches(std::string_view path) const {
  Components rest(path);
  size_t at = 0;
  size_t afterGlobstar = kNone;
  Components retry(path);
  while (true) {
    if (at < components_.size() && components_[at].globstar) {
      afterGlobstar = ++at;
      retry = rest;
      if (at == components_.size()) return true;
      continue;
    }
    if (at < components_.size() && !rest.done() && matchesComponent(components_[at], rest.get())) {
      rest.next();
      at++;
    } else if (at == components_.size() && rest.done()) {
      return true;
    } else {
      if (afterGlobstar == kNone || retry.done()) return false;
      retry.next();
      rest = retry;
      at = afterGlobstar;
    }
  }
}

bool Glob::canMatchBelow(std::string_view path) const {
  size_t at = 0;
  for (Components rest(path); !rest.done(); rest.next()) {
    if (at == components_.size()) return false;
    if (components_[at].globstar) return true;
    if (!matchesComponent(components_[at++], rest.get())) return false;
  }
  return at < components_.size();
}

const std::string* Glob::suffixAnywhere() const {
  if (components_.size() != 2 || !components_[0].globstar) return nullptr;
  const auto& tokens = components_[1].tokens;
  const bool isSuffix = tokens.size() == 2 && tokens[0].kind == TokenKind::kStar &&
                        tokens[1].kind == TokenKind::kText;
  return isSuffix ? &tokens[1].text : nullptr;
}

const std::string* Glob::nameAnywhere() const {
  if (components_.size() != 2 || !components_[0].globstar) return nullptr;
  const auto& tokens = components_[1].tokens;
  return tokens.size() == 1 && tokens[0].kind == TokenKind::kText ? &tokens[0].text : nullptr;
}

}  // namespace fsdb
