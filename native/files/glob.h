// One glob without braces, compiled: matches paths component by component.
//
// The meaning is picomatch's with dot: true, as its documentation gives it:
//   *       any characters of one component, also a leading dot
//   **      as a whole component: any number of components, also none; "a/**" matches "a" too, but
//           "a*/**" needs something below. Elsewhere the same as *
//   ?       one character (a UTF-8 sequence, where picomatch takes a UTF-16 unit)
//   [a-z]   one of the characters; [!a] and [^a]: none of them
//   \       takes the meaning from the next character
// Matching takes time in proportion to the lengths of pattern and path multiplied, never more: a
// star that fails is only ever tried again for the last star before it.
//
// Threads: immutable after compile().
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fsdb {

class Glob {
 public:
  // kParse with a message that says what is wrong, without naming the pattern.
  static Result<Glob> compile(std::string_view pattern);

  // Makes the glob also match everything below what it matches.
  void extendBelow();

  bool matches(std::string_view path) const;

  // Could it match something below the directory `path`?
  bool canMatchBelow(std::string_view path) const;

  // What `*suffix` or `name` must be if the glob is `**/*suffix` or `**/name`; else nullptr.
  const std::string* suffixAnywhere() const;
  const std::string* nameAnywhere() const;

 private:
  struct Class {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;
  };
  enum class TokenKind : uint8_t { kText, kStar, kAny, kClass };
  struct Token {
    TokenKind kind;
    std::string text;  // kText
    Class characters;  // kClass
  };
  struct Component {
    bool globstar = false;
    std::vector<Token> tokens;
  };

  static Result<Component> compileComponent(std::string_view pattern);
  static Result<Token> compileClass(std::string_view text);
  static size_t consume(const Token& token, std::string_view text);
  static bool matchesComponent(const Component& component, std::string_view text);

  std::vector<Component> components_;
};

}  // namespace fsdb
