#include "sync/leader_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

namespace fsdb {

LeaderLock::LeaderLock(const std::string& databasePath) : path_(databasePath + "-lock") {}

Result<bool> LeaderLock::tryAcquire() {
  if (held_ && isSameFile()) return true;
  held_ = false;
  if (!fd_ || !isSameFile()) {
    fd_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd_) return systemError("open", path_, errno);
  }
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd_.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    return systemError("lock", path_, errno);
  }
  // Somebody may have replaced the file between open and lock: then the lock is on nothing.
  if (!isSameFile()) return false;
  held_ = true;
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd_.get(), 0) != 0 ||
      ::pwrite(fd_.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    // The lock counts, not the note: on a full disk the process leads without it.
    return true;
  }
  return true;
}

std::optional<int64_t> LeaderLock::leaderPid() const {
  char text[32] = {};
  if (!fd_ || ::pread(fd_.get(), text, sizeof text - 1, 0) <= 0) return std::nullopt;
  const int64_t pid = std::strtoll(text, nullptr, 10);
  if (pid <= 0) return std::nullopt;
  return pid;
}

bool LeaderLock::isSameFile() const {
  struct stat ours {};
  struct stat there {};
  return fd_ && ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace fsdb
