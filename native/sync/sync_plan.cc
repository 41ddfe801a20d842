#include "sync/sync_plan.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace fsdb {
namespace {

// Of many files with the same content only so many are weighed against each other, so that ten
// thousand renamed copies cost no ten thousand squared.
constexpr size_t kMaxCandidates = 64;

bool isBelow(std::string_view path, std::string_view directory) {
  if (directory.empty()) return true;
  return path.size() > directory.size() && path[directory.size()] == '/' &&
         path.starts_with(directory);
}

// Is `path` something that the scan could not see, so that its absence means nothing?
bool isUnknown(const std::vector<ScanProblem>& problems, const std::string& path) {
  return std::any_of(problems.begin(), problems.end(), [&](const ScanProblem& problem) {
    return problem.isDirectory ? isBelow(path, problem.path) : path == problem.path;
  });
}

bool isUnchanged(const ScannedFile& file, const StoredFile& stored, Effort effort) {
  return effort == Effort::kStat && !stored.retry && stored.stat == file.stat;
}

std::string_view baseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

SyncPlan planSync(const ScanResult& scanned, std::vector<StoredFile> stored, Effort effort) {
  SyncPlan plan;
  const bool parse = effort == Effort::kParse;
  auto known = stored.begin();
  const auto passOver = [&](StoredFile& file) {
    if (!isUnknown(scanned.problems, file.path)) plan.missing.push_back(std::move(file));
  };
  for (const auto& file : scanned.files) {
    while (known != stored.end() && known->path < file.path) passOver(*known++);
    if (known == stored.end() || known->path != file.path) {
      plan.read.push_back({file.path, nullptr, parse, file.isShared ? 0 : file.stat.inode});
      plan.gotShared = plan.gotShared || file.isShared;
      continue;
    }
    plan.knownInodes.push_back(file.stat.inode);
    if (isUnchanged(file, *known, effort)) {
      plan.unchanged++;
      ++known;
    } else {
      plan.read.push_back({file.path, std::make_unique<StoredFile>(std::move(*known++)), parse, 0});
    }
  }
  while (known != stored.end()) passOver(*known++);
  return plan;
}

MissingFiles::MissingFiles(std::vector<StoredFile> missing) {
  files_.reserve(missing.size());
  for (auto& file : missing) {
    const size_t index = files_.size();
    byPath_.emplace(file.path, index);
    // A file whose document another file holds, or that never gave one, has no row to rename.
    if (file.hash && file.id && file.state == FileState::kOk) byHash_.emplace(*file.hash, index);
    files_.emplace_back(std::move(file));
  }
}

std::optional<StoredFile> MissingFiles::takeRenamed(const ContentHash& hash, uint64_t inode,
                                                    const std::string& path) {
  const auto [begin, end] = byHash_.equal_range(hash);
  auto best = end;
  int bestRank = -1;
  size_t looked = 0;
  for (auto it = begin; it != end && looked < kMaxCandidates; ++it, looked++) {
    const StoredFile& file = *files_[it->second];
    const int rank =
        (file.stat.inode == inode ? 2 : 0) + (baseName(file.path) == baseName(path) ? 1 : 0);
    if (rank > bestRank || (rank == bestRank && file.path < files_[best->second]->path)) {
      best = it;
      bestRank = rank;
    }
  }
  if (best == end) return std::nullopt;
  auto& slot = files_[best->second];
  byHash_.erase(best);
  StoredFile taken = std::move(*slot);
  slot.reset();
  return taken;
}

std::vector<StoredFile> MissingFiles::takeRest() {
  std::vector<StoredFile> rest;
  for (auto& file : files_) {
    if (file) rest.push_back(std::move(*file));
  }
  files_.clear();
  byHash_.clear();
  return rest;
}

bool claimWins(std::string_view modified, std::string_view path, std::string_view ownerModified,
               std::string_view ownerPath) {
  if (modified != ownerModified) return modified > ownerModified;
  return path < ownerPath;
}

std::chrono::milliseconds retryDelay(int64_t attempts, double random) {
  constexpr int64_t kFirst = 100;
  constexpr int64_t kMost = 30'000;
  const int64_t exponent = std::clamp<int64_t>(attempts - 1, 0, 20);
  const int64_t delay = std::min(kMost, kFirst << exponent);
  return std::chrono::milliseconds(
      delay - static_cast<int64_t>(random * 0.25 * static_cast<double>(delay)));
}

}  // namespace fsdb
