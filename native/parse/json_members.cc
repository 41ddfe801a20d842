#include "parse/json_members.h"

#include <algorithm>

namespace fsdb {
namespace {

// The end of the string that starts at json[at], behind its closing quote.
size_t endOfString(std::string_view json, size_t at) {
  at++;
  while (json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

size_t endOfContainer(std::string_view json, size_t at) {
  size_t depth = 0;
  do {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at);
        continue;
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        break;
      default:
        break;
    }
    at++;
  } while (depth > 0);
  return at;
}

}  // namespace

size_t endOfJsonValue(std::string_view json, size_t at) {
  if (json[at] == '"') return endOfString(json, at);
  if (json[at] == '{' || json[at] == '[') return endOfContainer(json, at);
  return std::min(json.find_first_of(",]}", at), json.size());
}

size_t depthOfJson(std::string_view json) {
  size_t depth = 0;
  size_t deepest = 0;
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = endOfString(json, at);
      continue;
    }
    if (json[at] == '{' || json[at] == '[') deepest = std::max(deepest, ++depth);
    if (json[at] == '}' || json[at] == ']') depth--;
    at++;
  }
  return deepest;
}

bool JsonMembers::next() {
  if (json_[at_] == '}' || json_[at_] == ']') return false;
  if (json_[at_] == ',') at_++;
  if (isObject_) {
    const std::string_view quoted = takeValue();
    key_ = quoted.substr(1, quoted.size() - 2);
    at_++;  // the colon
  }
  value_ = takeValue();
  return true;
}

std::string_view JsonMembers::takeValue() {
  const size_t start = at_;
  at_ = endOfJsonValue(json_, start);
  return json_.substr(start, at_ - start);
}

}  // namespace fsdb
