#include "sync/sync_plan.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace fsdb {
namespace {

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

// What two files are alike in, best first. A base name has no slash: the keys cannot be confused.
std::array<std::string, 3> keysOf(uint64_t inode, std::string_view path) {
  const std::string name(baseName(path));
  const std::string number = "/" + std::to_string(inode);
  return {number + "/" + name, number, name};
}

}  // namespace

SyncPlan planSync(ScanResult scanned, std::vector<StoredFile> stored, Effort effort) {
  SyncPlan plan;
  const bool parse = effort == Effort::kParse;
  // Of a folder of 100,000 files, growing step by step would take the memory twice over.
  if (stored.empty()) plan.read.reserve(scanned.files.size());
  plan.knownInodes.reserve(std::min(scanned.files.size(), stored.size()));
  auto known = stored.begin();
  const auto passOver = [&](StoredFile& file) {
    if (!isUnknown(scanned.problems, file.path)) plan.missing.push_back(std::move(file));
  };
  for (auto& file : scanned.files) {
    int order = 1;
    while (known != stored.end() && (order = known->path.compare(file.path)) < 0) {
      passOver(*known++);
    }
    if (known == stored.end() || order != 0) {
      plan.read.push_back(
          {std::move(file.path), nullptr, parse, file.isShared ? 0 : file.stat.inode, file.stat});
      plan.gotShared = plan.gotShared || file.isShared;
      continue;
    }
    plan.knownInodes.push_back(file.stat.inode);
    if (isUnchanged(file, *known, effort)) {
      plan.unchanged++;
      ++known;
    } else {
      plan.read.push_back({std::move(file.path), std::make_unique<StoredFile>(std::move(*known++)),
                           parse, 0, file.stat});
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
    if (file.hash && file.id && file.state == FileState::kOk) {
      byHash_[*file.hash].all.files.push_back(index);
    }
    files_.emplace_back(std::move(file));
  }
}

std::optional<StoredFile> MissingFiles::takeRenamed(const ContentHash& hash, uint64_t inode,
                                                    const std::string& path) {
  const auto found = byHash_.find(hash);
  if (found == byHash_.end()) return std::nullopt;
  SameContent& same = found->second;
  std::optional<size_t> best;
  if (same.all.files.size() > 1) {
    if (same.alike.empty()) indexAlike(same);
    for (const auto& key : keysOf(inode, path)) {
      const auto alike = same.alike.find(key);
      if (alike != same.alike.end()) best = front(alike->second);
      if (best) break;
    }
  }
  if (!best) best = front(same.all);
  if (!best) return std::nullopt;
  auto& slot = files_[*best];
  StoredFile taken = std::move(*slot);
  slot.reset();
  return taken;
}

void MissingFiles::indexAlike(SameContent& same) const {
  for (const size_t index : same.all.files) {
    const StoredFile& file = *files_[index];
    for (auto& key : keysOf(file.stat.inode, file.path)) {
      same.alike[std::move(key)].files.push_back(index);
    }
  }
}

// The first of the queue that is still there.
std::optional<size_t> MissingFiles::front(Queue& queue) const {
  while (queue.next < queue.files.size() && !files_[queue.files[queue.next]]) queue.next++;
  if (queue.next == queue.files.size()) return std::nullopt;
  return queue.files[queue.next];
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
