// Walks through a JSON document as parseDocument() returns it: valid and minified.
#pragma once

#include <cstddef>
#include <string_view>

namespace fsdb {

// The end of the value that starts at json[at].
size_t endOfJsonValue(std::string_view json, size_t at);

// How deep arrays and objects nest in `json`: 0 for a number or text.
size_t depthOfJson(std::string_view json);

// The members of an object, or the elements of an array, in their order:
//   for (JsonMembers members(value); members.next();) use(members.key(), members.value());
class JsonMembers {
 public:
  // `container` starts with { or [.
  explicit JsonMembers(std::string_view container)
      : json_(container), isObject_(container[0] == '{') {}

  bool next();
  std::string_view key() const { return key_; }  // as written, without quotes; empty in an array
  std::string_view value() const { return value_; }

 private:
  std::string_view takeValue();

  std::string_view json_;
  bool isObject_;
  size_t at_ = 1;
  std::string_view key_;
  std::string_view value_;
};

}  // namespace fsdb
