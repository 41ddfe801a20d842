#include "files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

namespace fsdb {
namespace {

// As many as the kernel follows. Source: path_resolution(7).
constexpr int kMaxLinks = 40;

// openat2 gives EAGAIN when a rename or mount happens while it looks at "..".
constexpr int kMaxAttempts = 64;

constexpr int kDirectoryFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

Error openError(const std::string& relative, int systemCode) {
  return systemError("open", relative, systemCode);
}

// -1 and errno, as open(2).
int openat2(int directoryFd, const char* path, int flags, bool followSymlinks) {
  struct open_how how = {};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (!followSymlinks) how.resolve |= RESOLVE_NO_SYMLINKS;
  int fd = -1;
  for (int attempt = 0; attempt < kMaxAttempts; attempt++) {
    fd = static_cast<int>(::syscall(SYS_openat2, directoryFd, path, &how, sizeof how));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

// Without links a long path can be opened in pieces that are short enough for the kernel.
Result<UniqueFd> openInPieces(int rootFd, const std::string& relative, int flags) {
  std::string rest = relative;
  UniqueFd directory;
  while (rest.size() >= PATH_MAX) {
    const size_t cut = rest.rfind('/', PATH_MAX - 1);
    if (cut == std::string::npos || cut == 0) return openError(relative, ENAMETOOLONG);
    const int from = directory ? directory.get() : rootFd;
    directory = UniqueFd(openat2(from, rest.substr(0, cut).c_str(), kDirectoryFlags, false));
    if (!directory) return openError(relative, errno);
    rest.erase(0, rest.find_first_not_of('/', cut));
  }
  UniqueFd fd(openat2(directory ? directory.get() : rootFd, rest.c_str(), flags, false));
  if (!fd) return openError(relative, errno);
  return fd;
}

void splitInto(std::deque<std::string>& components, std::string_view path) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (start < path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  // "x/" means a directory, and so does "x/.".
  if (path.ends_with('/')) parts.emplace_back(".");
  components.insert(components.begin(), parts.begin(), parts.end());
}

// One lookup, one component after the other.
class Walk {
 public:
  Walk(int rootFd, int flags, bool followSymlinks)
      : rootFd_(rootFd), flags_(flags), followSymlinks_(followSymlinks) {}

  // 0 and fd(), or an errno.
  int run(const std::string& relative) {
    if (relative.empty()) return ENOENT;
    if (relative.front() == '/') return EXDEV;
    splitInto(pending_, relative);
    while (!pending_.empty()) {
      const std::string name = std::move(pending_.front());
      pending_.pop_front();
      if (const int code = step(name)) return code;
    }
    return 0;
  }

  UniqueFd takeFd() { return std::move(current_); }

 private:
  int from() const { return current_ ? current_.get() : rootFd_; }

  int step(const std::string& name) {
    if (name == "..") return up();
    // A directory that is in the middle needs no more than to be passed.
    const int flags = pending_.empty() ? flags_ : kDirectoryFlags;
    UniqueFd next;
    int code = EINTR;
    while (code == EINTR) {
      next = UniqueFd(::openat(from(), name.c_str(), flags | O_NOFOLLOW));
      code = next ? 0 : errno;
    }
    // O_PATH | O_NOFOLLOW opens the link itself, O_DIRECTORY says ENOTDIR, the rest says ELOOP.
    const bool mayBeLink = code == ELOOP || code == ENOTDIR ||
                           (code == 0 && (flags & (O_PATH | O_DIRECTORY)) == O_PATH);
    if (mayBeLink) {
      std::string target;
      if (readLink(name, target)) return follow(target);
    }
    if (code != 0) return code;
    current_ = std::move(next);
    if (name != ".") passed_.push_back(name);
    return 0;
  }

  bool readLink(const std::string& name, std::string& target) const {
    std::array<char, PATH_MAX> buffer;
    const ssize_t length = ::readlinkat(from(), name.c_str(), buffer.data(), buffer.size());
    if (length < 0) return false;
    target.assign(buffer.data(), static_cast<size_t>(length));
    return true;
  }

  int follow(const std::string& target) {
    if (!followSymlinks_ || ++links_ > kMaxLinks) return ELOOP;
    if (target.empty()) return ENOENT;
    if (target.front() == '/') return EXDEV;
    splitInto(pending_, target);
    return 0;
  }

  // Goes again from the root to what is above: openat("..") would follow a directory that was moved
  // out in the meantime.
  int up() {
    if (passed_.empty()) return EXDEV;
    passed_.pop_back();
    pending_.insert(pending_.begin(), passed_.begin(), passed_.end());
    if (pending_.empty()) pending_.emplace_back(".");
    passed_.clear();
    current_.reset();
    return ++ups_ > kMaxAttempts ? ELOOP : 0;
  }

  const int rootFd_;
  const int flags_;
  const bool followSymlinks_;
  int links_ = 0;
  int ups_ = 0;
  std::deque<std::string> pending_;
  std::vector<std::string> passed_;  // real directories, from the root to current_
  UniqueFd current_;
};

}  // namespace

bool hasOpenat2(int rootFd) {
  const UniqueFd fd(openat2(rootFd, ".", kDirectoryFlags, false));
  return static_cast<bool>(fd);
}

Result<UniqueFd> openBeneathByKernel(int rootFd, const std::string& relative, int flags,
                                     bool followSymlinks) {
  if (relative.size() >= PATH_MAX) {
    if (followSymlinks) return openBeneathByWalk(rootFd, relative, flags, true);
    return openInPieces(rootFd, relative, flags);
  }
  UniqueFd fd(openat2(rootFd, relative.c_str(), flags, followSymlinks));
  if (!fd) return openError(relative, errno);
  return fd;
}

Result<UniqueFd> openBeneathByWalk(int rootFd, const std::string& relative, int flags,
                                   bool followSymlinks) {
  Walk walk(rootFd, flags, followSymlinks);
  if (const int code = walk.run(relative)) return openError(relative, code);
  return walk.takeFd();
}

}  // namespace fsdb
