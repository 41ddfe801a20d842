#include "files/glob_list.h"

#include <algorithm>
#include <utility>

#include "files/brace_expansion.h"

namespace fsdb {
namespace {

// Longer than any path it could be meant for.
constexpr size_t kMaxPatternBytes = 4096;

Error quoting(const std::string& pattern, Error error) {
  // A pattern of megabytes would not help to find it.
  error.message = "glob \"" + pattern.substr(0, 100) + "\": " + error.message;
  return error;
}

Error invalid(std::string message) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::move(message);
  return error;
}

// What is surely a mistake, as it could never match a file.
Result<void> checkShape(std::string_view pattern) {
  if (pattern.empty()) return invalid("it is empty");
  if (pattern.size() > kMaxPatternBytes) return invalid("it is longer than 4096 bytes");
  if (pattern.find('\0') != std::string_view::npos) return invalid("it holds a NUL");
  if (pattern.front() == '/') {
    return invalid("it starts with '/', but paths are relative to the directory");
  }
  if (pattern.back() == '/') return invalid("it ends with '/'; for all below a directory add **");
  return {};
}

}  // namespace

bool endsWithFolded(std::string_view name, std::string_view suffix) {
  if (name.size() < suffix.size()) return false;
  const auto end = name.substr(name.size() - suffix.size());
  return std::equal(end.begin(), end.end(), suffix.begin(), [](char c, char folded) {
    return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == folded;
  });
}

GlobList::Group& GlobList::groupFor(bool negated) {
  if (groups_.empty() || groups_.back().negated != negated) {
    Group group;
    group.negated = negated;
    group.below = negated || purpose_ == Purpose::kExclude;
    groups_.push_back(std::move(group));
  }
  return groups_.back();
}

void GlobList::addSuffixes(const std::vector<std::string>& suffixes) {
  auto& folded = groupFor(false).foldedSuffixes;
  folded.insert(folded.end(), suffixes.begin(), suffixes.end());
}

Result<void> GlobList::add(const std::string& pattern) {
  std::string_view rest = pattern;
  bool negated = false;
  while (rest.starts_with('!')) {
    negated = !negated;
    rest.remove_prefix(1);
  }
  if (rest.starts_with("./")) rest.remove_prefix(2);
  if (auto checked = checkShape(rest); !checked) {
    return quoting(pattern, std::move(checked).error());
  }
  auto alternatives = expandBraces(rest);
  if (!alternatives) return quoting(pattern, std::move(alternatives).error());
  Group& group = groupFor(negated);
  for (const auto& alternative : *alternatives) {
    auto glob = Glob::compile(alternative);
    if (!glob) return quoting(pattern, std::move(glob).error());
    if (const auto* suffix = glob->suffixAnywhere()) {
      group.suffixes.push_back(*suffix);
    } else if (const auto* name = glob->nameAnywhere()) {
      group.names.insert(*name);
    } else {
      if (group.below) glob->extendBelow();
      group.globs.push_back(std::move(*glob));
    }
  }
  return {};
}

bool GlobList::Group::matchesName(std::string_view name) const {
  for (const auto& suffix : foldedSuffixes) {
    if (endsWithFolded(name, suffix)) return true;
  }
  for (const auto& suffix : suffixes) {
    if (name.ends_with(suffix)) return true;
  }
  return !names.empty() && names.count(std::string(name)) != 0;
}

bool GlobList::Group::matches(std::string_view path) const {
  if (hasAnywhere()) {
    // With `below`, each component is the name of something that has the rest of the path below it.
    size_t end = path.size();
    while (true) {
      const size_t slash = end == 0 ? std::string_view::npos : path.rfind('/', end - 1);
      const size_t start = slash == std::string_view::npos ? 0 : slash + 1;
      if (matchesName(path.substr(start, end - start))) return true;
      if (!below || start == 0) break;
      end = slash;
    }
  }
  return std::any_of(globs.begin(), globs.end(),
                     [path](const Glob& glob) { return glob.matches(path); });
}

bool GlobList::Group::canMatchBelow(std::string_view path) const {
  return hasAnywhere() || std::any_of(globs.begin(), globs.end(), [path](const Glob& glob) {
           return glob.canMatchBelow(path);
         });
}

bool GlobList::selects(std::string_view path) const {
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
    if (group->matches(path)) return !group->negated;
  }
  return false;
}

bool GlobList::maySelectBelow(std::string_view path) const {
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
    if (!group->negated && group->canMatchBelow(path)) return true;
    if (group->negated && group->matches(path)) return false;
  }
  return false;
}

bool GlobList::selectsAllBelow(std::string_view path) const {
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
    if (group->negated && group->canMatchBelow(path)) return false;
    if (!group->negated && group->matches(path)) return true;
  }
  return false;
}

}  // namespace fsdb
