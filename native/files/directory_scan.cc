#include "files/directory_scan.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "files/directory_listing.h"
#include "files/utf8.h"

namespace fsdb {
namespace {

// Of an entry that was deleted or replaced since it was listed: its next event tells more.
bool hasVanished(const Error& error) {
  return error.systemCode == ENOENT || error.systemCode == ENOTDIR || error.systemCode == ELOOP;
}

Error nameError(const std::string& escaped) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = "scan " + escaped + ": the name is not UTF-8";
  return error;
}

Error lengthError(const std::string& escaped) {
  Error error;
  error.code = ErrorCode::kLimit;
  error.message = "scan " + escaped.substr(0, 100) + "...: the path is longer than " +
                  std::to_string(Scanner::kMaxPathBytes) + " bytes";
  return error;
}

}  // namespace

bool directoryLess(std::string_view left, std::string_view right) {
  const size_t common = std::min(left.size(), right.size());
  const int order = left.substr(0, common).compare(right.substr(0, common));
  if (order != 0 || left.size() == right.size()) return order < 0;
  const auto longer = left.size() > common ? left : right;
  const bool slashIsLess = '/' < static_cast<unsigned char>(longer[common]);
  return left.size() == common ? slashIsLess : longer[common] != '/' && !slashIsLess;
}

DirectoryContent DirectoryScan::list(const std::string& directory) {
  path_ = directory;
  auto fd = source_.root->openDirectory(directory);
  if (!fd) {
    if (!hasVanished(fd.error())) addProblem(std::move(fd).error(), true);
    return finish();
  }
  begin(directory, std::move(*fd));
  if (watcher_ != nullptr) watcher_->watch(source_.number, fd_.get(), directory);
  const auto listed =
      listDirectory(fd_.get(), buffer_, [this](const std::string& name, unsigned char type) {
        if (!blocked_)
          visit(name, source_.trustListedTypes ? type : static_cast<unsigned char>(DT_UNKNOWN));
      });
  path_ = directory;
  if (!listed && !hasVanished(listed.error())) {
    addProblem(systemError("list", directory, listed.error().systemCode), true);
  } else if (blocked_) {
    addProblem(systemError("search", directory, blocked_->systemCode), true);
  } else {
    content_.listed = listed.ok();
  }
  return finish();
}

DirectoryContent DirectoryScan::look(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
  path_ = path;
  if (!source_.filter->includesFile(path) && !source_.filter->entersDirectory(path)) return {};
  auto fd = source_.root->openDirectory(directory);
  if (!fd) {
    if (!hasVanished(fd.error())) addProblem(std::move(fd).error(), true);
    return finish();
  }
  begin(directory, std::move(*fd));
  visit(path.substr(prefix_), DT_UNKNOWN);
  if (blocked_) addProblem(systemError("stat", path, blocked_->systemCode), true);
  return finish();
}

void DirectoryScan::begin(const std::string& directory, UniqueFd fd) {
  fd_ = std::move(fd);
  path_ = directory.empty() ? "" : directory + "/";
  prefix_ = path_.size();
}

DirectoryContent DirectoryScan::finish() {
  fd_.reset();
  blocked_.reset();
  auto& files = content_.files;
  const auto byPath = [](const ScannedFile& a, const ScannedFile& b) { return a.path < b.path; };
  const auto samePath = [](const ScannedFile& a, const ScannedFile& b) { return a.path == b.path; };
  std::sort(files.begin(), files.end(), byPath);
  files.erase(std::unique(files.begin(), files.end(), samePath), files.end());
  auto& directories = content_.directories;
  std::sort(directories.begin(), directories.end(), directoryLess);
  directories.erase(std::unique(directories.begin(), directories.end()), directories.end());
  return std::exchange(content_, {});
}

void DirectoryScan::visit(const std::string& name, unsigned char type) {
  path_.resize(prefix_);
  path_ += name;
  switch (type) {
    case DT_DIR:
      if (source_.filter->entersDirectory(path_)) addDirectory();
      break;
    case DT_REG:
      if (source_.filter->includesFile(path_)) visitByStat(name);
      break;
    case DT_LNK:
      if (source_.followSymlinks && source_.filter->includesFile(path_)) addLink();
      break;
    case DT_UNKNOWN:
      if (source_.filter->includesFile(path_) || source_.filter->entersDirectory(path_)) {
        visitByStat(name);
      }
      break;
    default:
      break;  // FIFO, socket, device: no files of ours
  }
}

void DirectoryScan::visitByStat(const std::string& name) {
  const auto raw = statEntry(fd_.get(), name);
  if (!raw) return addStatError(raw.error());
  if (S_ISDIR(raw->stx_mode)) {
    if (source_.filter->entersDirectory(path_)) addDirectory();
  } else if (source_.filter->includesFile(path_)) {
    if (S_ISLNK(raw->stx_mode) && source_.followSymlinks) addLink();
    if (!S_ISREG(raw->stx_mode)) return;
    if (raw->stx_nlink > 1 && watcher_ != nullptr) {
      addShared();
    } else {
      addFile(*raw);
    }
  }
}

void DirectoryScan::addDirectory() {
  if (!isUtf8(path_)) return addProblem(nameError(escapeInvalidUtf8(path_)), true);
  if (path_.size() > Scanner::kMaxPathBytes) return addProblem(lengthError(path_), true);
  content_.directories.push_back(path_);
}

void DirectoryScan::addLink() {
  const auto target = source_.root->openForStat(path_, true);
  if (!target) {
    const int code = target.error().systemCode;
    // A link to nothing is no file.
    if (code != ENOENT && code != ENOTDIR) addProblem(target.error(), false);
    return;
  }
  const size_t before = content_.files.size();
  addWatched(target->get());
  if (content_.files.size() > before) content_.symlinks.push_back(path_);
}

// A file that can be changed through another name, which no watched directory need see.
void DirectoryScan::addShared() {
  const auto file = source_.root->openForStat(path_, false);
  if (file) return addWatched(file->get());
  if (!hasVanished(file.error())) addProblem(file.error(), false);
}

// Watched before it is looked at, as directories are.
void DirectoryScan::addWatched(int fileFd) {
  auto raw = statEntry(fileFd, "");
  if (raw && S_ISREG(raw->stx_mode) && watcher_ != nullptr && isUtf8(path_)) {
    watcher_->watchFile(source_.number, fileFd, path_);
    raw = statEntry(fileFd, "");
  }
  if (!raw) return addStatError(raw.error());
  if (S_ISREG(raw->stx_mode)) addFile(*raw);
}

void DirectoryScan::addFile(const struct statx& raw) {
  if (!isUtf8(path_)) return addProblem(nameError(escapeInvalidUtf8(path_)), false);
  const auto& excluded = source_.excluded;
  if (!excluded.empty()) {
    const auto found = std::find(excluded.begin(), excluded.end(), fileIdentityOf(raw));
    if (found != excluded.end()) return;
  }
  content_.files.push_back({path_, fileStatOf(raw), raw.stx_nlink > 1});
}

void DirectoryScan::addProblem(Error error, bool isDirectory) {
  std::string escaped = escapeInvalidUtf8(path_);
  error.path = escaped;
  content_.problems.push_back({std::move(escaped), std::move(error), isDirectory});
}

void DirectoryScan::addStatError(Error error) {
  if (error.systemCode == ENOENT) return;
  // One problem for the directory, not one for each of its files.
  if (error.systemCode == EACCES) {
    blocked_ = std::move(error);
    return;
  }
  addProblem(systemError("stat", escapeInvalidUtf8(path_), error.systemCode), false);
}

}  // namespace fsdb
