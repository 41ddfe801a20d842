#include "parse/json_merge.h"

#include <unordered_map>

#include "parse/json_members.h"
#include "parse/json_string.h"

namespace fsdb {
namespace {

// The document that is being made.
class Merger {
 public:
  void value(std::string_view target, std::string_view patch) {
    if (patch.front() != '{') {
      json_ += patch;
    } else {
      object(target.front() == '{' ? target : "{}", patch);
    }
  }

  std::string take() { return std::move(json_); }

 private:
  void object(std::string_view target, std::string_view patch) {
    std::unordered_map<std::string, std::string_view> changes;
    for (JsonMembers members(patch); members.next();) {
      changes.insert_or_assign(decodeJsonString(members.key()), members.value());
    }
    json_ += '{';
    bool first = true;
    for (JsonMembers members(target); members.next();) {
      const auto change = changes.find(decodeJsonString(members.key()));
      if (change == changes.end()) {
        key(members.key(), first);
        json_ += members.value();
        continue;
      }
      if (change->second != "null") {
        key(members.key(), first);
        value(members.value(), change->second);
      }
      changes.erase(change);
    }
    for (JsonMembers members(patch); members.next();) {
      const auto change = changes.find(decodeJsonString(members.key()));
      if (change == changes.end() || change->second == "null") continue;
      key(members.key(), first);
      // An object that is new has no nulls either: they would remove what is not there.
      value("{}", change->second);
      changes.erase(change);
    }
    json_ += '}';
  }

  void key(std::string_view raw, bool& first) {
    if (!first) json_ += ',';
    first = false;
    json_ += '"';
    json_ += raw;
    json_ += "\":";
  }

  std::string json_;
};

}  // namespace

std::string mergeJson(std::string_view target, std::string_view patch) {
  Merger merger;
  merger.value(target, patch);
  return merger.take();
}

}  // namespace fsdb
