#include "sync/source_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "files/file_stat.h"

namespace fsdb {
namespace {

// The database's own files, if they lie below the source's directory.
std::vector<std::string> databaseFilesBelow(const std::string& directory,
                                            const std::string& databasePath) {
  std::error_code ignored;
  const auto root = std::filesystem::weakly_canonical(directory, ignored);
  const auto relative = std::filesystem::path(databasePath).lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..") return {};
  std::vector<std::string> files;
  for (const char* suffix : {"", "-wal", "-shm", "-journal", "-lock"}) {
    files.push_back(relative.string() + suffix);
  }
  return files;
}

std::vector<FileIdentity> identityOf(const std::string& path) {
  const auto stat = statEntry(AT_FDCWD, path);
  if (!stat) return {};
  return {fileIdentityOf(*stat)};
}

}  // namespace

Result<SourceList> SourceList::create(const std::vector<SourceConfig>& configs,
                                      const std::string& databasePath) {
  SourceList list;
  for (const auto& config : configs) {
    auto source = Source::create(config, databaseFilesBelow(config.directory, databasePath));
    if (!source) return std::move(source).error();
    list.sources_.push_back({std::move(source).value(), nullptr, false, identityOf(databasePath)});
  }
  return list;
}

std::vector<Look> SourceList::refreshRoots() {
  std::vector<Look> looks;
  for (size_t i = 0; i < sources_.size(); i++) {
    SyncSource& source = sources_[i];
    if (source.root && source.root->isCurrent()) continue;
    auto root = RootDirectory::open(source.source.config.directory);
    if (!root && !source.root) continue;
    source.root = root ? std::make_unique<RootDirectory>(std::move(root).value()) : nullptr;
    source.seen = true;
    looks.push_back({i, "", Effort::kStat});
  }
  return looks;
}

std::vector<Look> SourceList::everything(const std::optional<std::string>& type,
                                         Effort effort) const {
  std::vector<Look> looks;
  for (size_t i = 0; i < sources_.size(); i++) {
    if (!type || sources_[i].source.config.type == *type) looks.push_back({i, "", effort});
  }
  return looks;
}

bool SourceList::areCoveredBy(const std::vector<Look>& looks) const {
  for (size_t i = 0; i < sources_.size(); i++) {
    const bool looked = std::any_of(looks.begin(), looks.end(), [&](const Look& look) {
      return look.source == i && look.path.empty();
    });
    if (!looked && (sources_[i].root || sources_[i].seen)) return false;
  }
  return true;
}

std::optional<size_t> SourceList::find(const std::string& type) const {
  for (size_t i = 0; i < sources_.size(); i++) {
    if (sources_[i].source.config.type == type) return i;
  }
  return std::nullopt;
}

std::vector<std::string> SourceList::missing() const {
  std::vector<std::string> reasons;
  for (const auto& source : sources_) {
    if (source.root) continue;
    reasons.push_back("the directory of \"" + source.source.config.type +
                      "\" is missing: " + source.source.config.directory);
  }
  return reasons;
}

}  // namespace fsdb
