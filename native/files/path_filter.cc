#include "files/path_filter.h"

#include <array>
#include <utility>

#include "files/glob_list.h"

namespace fsdb {
namespace {

const std::vector<std::string> kSupportedSuffixes{".json", ".prompty", ".md", ".yaml", ".yml"};

// Of temporary files and backups that editors write. 4913: Vim tries with it whether it may write.
constexpr std::array<std::string_view, 4> kTemporarySuffixes{"~", ".swp", ".swx", ".tmp"};
constexpr std::string_view kVimProbe = "4913";

constexpr std::array<std::string_view, 3> kDatabaseSuffixes{".db", ".sqlite", ".sqlite3"};
constexpr std::array<std::string_view, 4> kDatabaseCompanions{"-wal", "-shm", "-journal", "-lock"};

bool isDatabaseName(std::string_view name) {
  for (const auto companion : kDatabaseCompanions) {
    if (endsWithFolded(name, companion)) {
      name.remove_suffix(companion.size());
      break;
    }
  }
  for (const auto suffix : kDatabaseSuffixes) {
    if (endsWithFolded(name, suffix)) return true;
  }
  return false;
}

bool isTemporaryName(std::string_view name) {
  for (const auto suffix : kTemporarySuffixes) {
    if (name.ends_with(suffix)) return true;
  }
  return name == kVimProbe;
}

// A dot file, or in node_modules: of directories as of files.
bool isAlwaysLeftOut(std::string_view component) {
  return component.starts_with('.') || component == "node_modules";
}

bool hasComponentAlwaysLeftOut(std::string_view path) {
  size_t start = 0;
  while (true) {
    const size_t end = path.find('/', start);
    if (isAlwaysLeftOut(path.substr(start, end - start))) return true;
    if (end == std::string_view::npos) return false;
    start = end + 1;
  }
}

}  // namespace

struct PathFilter::Rules {
  GlobList include{GlobList::Purpose::kInclude};
  GlobList exclude{GlobList::Purpose::kExclude};
};

PathFilter::PathFilter(std::unique_ptr<const Rules> rules) : rules_(std::move(rules)) {}
PathFilter::PathFilter(PathFilter&&) noexcept = default;
PathFilter& PathFilter::operator=(PathFilter&&) noexcept = default;
PathFilter::~PathFilter() = default;

Result<PathFilter> PathFilter::create(const std::vector<std::string>& include,
                                      const std::vector<std::string>& exclude) {
  auto rules = std::make_unique<Rules>();
  if (include.empty() || include.front().find_first_not_of('!') % 2 == 1) {
    rules->include.addSuffixes(kSupportedSuffixes);
  }
  for (const auto& pattern : include) FSDB_TRY(rules->include.add(pattern));
  for (const auto& pattern : exclude) FSDB_TRY(rules->exclude.add(pattern));
  return PathFilter(std::move(rules));
}

bool PathFilter::includesFile(std::string_view path) const {
  const auto name = path.substr(path.rfind('/') + 1);
  return !isTemporaryName(name) && !isDatabaseName(name) && !hasComponentAlwaysLeftOut(path) &&
         rules_->include.selects(path) && !rules_->exclude.selects(path);
}

bool PathFilter::entersDirectory(std::string_view path) const {
  if (path.empty()) return true;
  return !hasComponentAlwaysLeftOut(path) && rules_->include.maySelectBelow(path) &&
         !rules_->exclude.selectsAllBelow(path);
}

}  // namespace fsdb
