#include "files/atomic_write.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

namespace fsdb {
namespace {

// 64 random bits meet an existing name only by intent.
constexpr int kMaxNames = 8;

bool isPlain(const std::string& relative) {
  if (relative.empty() || relative.find('\0') != std::string::npos) return false;
  size_t start = 0;
  while (true) {
    const size_t end = std::min(relative.find('/', start), relative.size());
    const auto component = std::string_view(relative).substr(start, end - start);
    if (component.empty() || component == "." || component == "..") return false;
    if (end == relative.size()) return true;
    start = end + 1;
  }
}

// Some network file systems cannot sync a directory and say so with EINVAL.
Result<void> syncDirectory(int fd, const std::string& relative) {
  if (::fsync(fd) == 0 || errno == EINVAL) return {};
  return systemError("sync directory", relative, errno);
}

// Opens the directory `path`, creating what is missing of it.
Result<UniqueFd> createDirectories(const RootDirectory& root, const std::string& path) {
  auto existing = root.openDirectory(path);
  if (existing || existing.error().systemCode != ENOENT) return existing;
  auto current = root.openDirectory("");
  size_t start = 0;
  while (current && start < path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string name = path.substr(start, end - start);
    if (::mkdirat(current->get(), name.c_str(), 0777) == 0) {
      FSDB_TRY(syncDirectory(current->get(), path));
    } else if (errno != EEXIST) {
      return systemError("create directory", path, errno);
    }
    UniqueFd next(
        ::openat(current->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return systemError("open", path, errno);
    current = std::move(next);
    start = end + 1;
  }
  return current;
}

// A file that is written beside its target and then takes its place; deleted if it does not.
class Replacement {
 public:
  Replacement(int directoryFd, const std::string& relative)
      : directoryFd_(directoryFd),
        relative_(relative),
        name_(relative.substr(relative.rfind('/') + 1)) {}
  ~Replacement() {
    if (fd_) ::unlinkat(directoryFd_, temporary_.c_str(), 0);
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  Result<void> create() {
    FSDB_TRY(statTarget());
    // What replaces a private file must not be readable by others for a moment.
    const mode_t mode = exists_ ? 0600 : 0666;
    for (int attempt = 0; attempt < kMaxNames && !fd_; attempt++) {
      FSDB_TRY(makeName());
      const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      fd_ = UniqueFd(::openat(directoryFd_, temporary_.c_str(), flags, mode));
      if (!fd_ && errno != EEXIST) break;
    }
    return fd_ ? Result<void>() : failed("create");
  }

  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Result<void> commit() {
    if (exists_) {
      const bool foreign = old_.st_uid != ::geteuid() || old_.st_gid != ::getegid();
      if (foreign && ::fchown(fd_.get(), old_.st_uid, old_.st_gid) != 0) {
        // Only a privileged process may give files away: others keep what they create.
      }
      if (::fchmod(fd_.get(), old_.st_mode & 07777) != 0) return failed("set mode of");
    }
    if (::fsync(fd_.get()) != 0) return failed("sync");
    if (::renameat(directoryFd_, temporary_.c_str(), directoryFd_, name_.c_str()) != 0) {
      return failed("replace");
    }
    fd_.reset();
    return syncDirectory(directoryFd_, relative_);
  }

 private:
  Error failed(std::string_view operation) const {
    return systemError(operation, relative_, errno);
  }

  Result<void> statTarget() {
    exists_ = ::fstatat(directoryFd_, name_.c_str(), &old_, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists_) return errno == ENOENT ? Result<void>() : failed("stat");
    if (S_ISREG(old_.st_mode)) return {};
    const int code = S_ISLNK(old_.st_mode) ? ELOOP : S_ISDIR(old_.st_mode) ? EISDIR : EEXIST;
    return systemError("replace", relative_, code);
  }

  Result<void> makeName() {
    uint64_t unique = 0;
    if (::getrandom(&unique, sizeof unique, 0) != sizeof unique) return failed("name");
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(unique));
    const std::string end = std::string(".") + digits + ".tmp";
    // A long name is cut, between characters: some file systems refuse what is not UTF-8.
    size_t length = std::min<size_t>(name_.size(), NAME_MAX - 1 - end.size());
    while (length < name_.size() && length > 0 && (name_[length] & 0xC0) == 0x80) length--;
    temporary_ = "." + name_.substr(0, length) + end;
    return {};
  }

  const int directoryFd_;
  const std::string& relative_;
  const std::string name_;
  std::string temporary_;
  struct stat old_ = {};
  bool exists_ = false;
  UniqueFd fd_;
};

std::string parentOf(const std::string& relative) {
  const size_t slash = relative.rfind('/');
  return slash == std::string::npos ? "" : relative.substr(0, slash);
}

}  // namespace

Result<void> writeFileAtomically(const RootDirectory& root, const std::string& relative,
                                 std::string_view bytes) {
  if (!isPlain(relative)) return systemError("write", relative, EINVAL);
  auto directory = createDirectories(root, parentOf(relative));
  if (!directory) return systemError("write", relative, directory.error().systemCode);
  Replacement replacement(directory->get(), relative);
  FSDB_TRY(replacement.create());
  FSDB_TRY(replacement.write(bytes));
  return replacement.commit();
}

Result<bool> removeFile(const RootDirectory& root, const std::string& relative) {
  if (!isPlain(relative)) return systemError("remove", relative, EINVAL);
  auto directory = root.openDirectory(parentOf(relative));
  const auto isMissing = [](int code) { return code == ENOENT || code == ENOTDIR; };
  if (!directory) {
    const int code = directory.error().systemCode;
    return isMissing(code) ? Result<bool>(false) : systemError("remove", relative, code);
  }
  const std::string name = relative.substr(relative.rfind('/') + 1);
  if (::unlinkat(directory->get(), name.c_str(), 0) != 0) {
    return isMissing(errno) ? Result<bool>(false) : systemError("remove", relative, errno);
  }
  FSDB_TRY(syncDirectory(directory->get(), relative));
  return true;
}

}  // namespace fsdb
