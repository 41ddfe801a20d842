// A list of globs of which the last that matches decides.
//
// Most patterns in use are `**/*.json` or `**/node_modules`. These become lookups of a component,
// which take a twentieth of the time of a general match.
//
// Threads: immutable once filled.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "files/glob.h"

namespace fsdb {

class GlobList {
 public:
  enum class Purpose : uint8_t {
    kInclude,  // matches files; a '!' pattern leaves out what it matches and all below
    kExclude,  // leaves out what it matches and all below; a '!' pattern takes that back
  };

  explicit GlobList(Purpose purpose) : purpose_(purpose) {}

  // Adds `**/*<suffix>` for ASCII suffixes in lower case, which match in either case.
  void addSuffixes(const std::vector<std::string>& suffixes);

  // Adds a pattern, with '!' in front or not. The Error's message quotes it.
  Result<void> add(const std::string& pattern);

  // Does the list select `path`?
  bool selects(std::string_view path) const;

  // kInclude: could the list select something below `path`?
  bool maySelectBelow(std::string_view path) const;

  // kExclude: does the list select everything below `path`?
  bool selectsAllBelow(std::string_view path) const;

 private:
  // Neighbours in the list with the same sign: their order does not matter.
  struct Group {
    bool negated = false;
    bool below = false;  // also everything below what matches
    std::vector<std::string> foldedSuffixes;
    std::vector<std::string> suffixes;
    std::unordered_set<std::string> names;
    std::vector<Glob> globs;

    bool hasAnywhere() const {
      return !foldedSuffixes.empty() || !suffixes.empty() || !names.empty();
    }
    bool matchesName(std::string_view name) const;
    bool matches(std::string_view path) const;
    bool canMatchBelow(std::string_view path) const;
  };

  Group& groupFor(bool negated);

  const Purpose purpose_;
  std::vector<Group> groups_;
};

// `name` ends in `suffix`, which is ASCII in lower case, in upper or lower case.
bool endsWithFolded(std::string_view name, std::string_view suffix);

}  // namespace fsdb
