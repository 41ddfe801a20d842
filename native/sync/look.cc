#include "sync/look.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace fsdb {

bool covers(const Look& look, const std::string& path) {
  return look.path.empty() || path == look.path ||
         (path.size() > look.path.size() && path[look.path.size()] == '/' &&
          path.starts_with(look.path));
}

std::vector<Look> withoutCovered(std::vector<Look> looks) {
  std::sort(looks.begin(), looks.end(), [](const Look& a, const Look& b) {
    return std::tie(a.source, a.path) < std::tie(b.source, b.path);
  });
  std::set<std::pair<size_t, std::string_view>> places;
  for (const auto& look : looks) places.emplace(look.source, look.path);
  // Sorting alone does not bring a directory next to what is in it: "a-b" stands between "a" and
  // "a/b".
  const auto isCovered = [&](const Look& look) {
    if (look.path.empty()) return false;
    if (places.contains({look.source, ""})) return true;
    const std::string_view path = look.path;
    for (size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      if (places.contains({look.source, path.substr(0, slash)})) return true;
    }
    return false;
  };
  std::vector<bool> keep;
  keep.reserve(looks.size());
  for (const auto& look : looks) keep.push_back(!isCovered(look));
  std::vector<Look> result;
  for (size_t i = 0; i < looks.size(); i++) {
    if (!keep[i]) continue;
    const bool repeated = !result.empty() && result.back().source == looks[i].source &&
                          result.back().path == looks[i].path;
    if (repeated) {
      result.back().effort = std::max(result.back().effort, looks[i].effort);
    } else {
      result.push_back(looks[i]);
    }
  }
  return result;
}

}  // namespace fsdb
