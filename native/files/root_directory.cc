#include "files/root_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "files/beneath.h"

namespace fsdb {

Result<RootDirectory> RootDirectory::open(const std::string& path, Lookup lookup) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return systemError("open directory", path, errno);
  struct stat found;
  if (::fstat(fd.get(), &found) != 0) return systemError("stat", path, errno);
  if (lookup == Lookup::kKernel && !hasOpenat2(fd.get())) lookup = Lookup::kWalk;
  return RootDirectory(path, std::move(fd), found.st_dev, found.st_ino, lookup);
}

RootDirectory::RootDirectory(std::string path, UniqueFd fd, dev_t device, ino_t inode,
                             Lookup lookup)
    : path_(std::move(path)), fd_(std::move(fd)), device_(device), inode_(inode), lookup_(lookup) {}

Result<UniqueFd> RootDirectory::openDirectory(const std::string& relative) const {
  // Not a duplicate of fd_: descriptors from dup() share the position in the listing.
  return openBeneath(relative.empty() ? "." : relative, O_RDONLY | O_DIRECTORY, false);
}

Result<UniqueFd> RootDirectory::openFile(const std::string& relative, bool followSymlinks) const {
  return openBeneath(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY, followSymlinks);
}

Result<UniqueFd> RootDirectory::openForStat(const std::string& relative,
                                            bool followSymlinks) const {
  return openBeneath(relative, O_PATH, followSymlinks);
}

Result<UniqueFd> RootDirectory::openBeneath(const std::string& relative, int flags,
                                            bool followSymlinks) const {
  // The kernel would see only what stands before the NUL.
  if (relative.find('\0') != std::string::npos) return systemError("open", relative, EINVAL);
  flags |= O_CLOEXEC;
  return lookup_ == Lookup::kKernel
             ? openBeneathByKernel(fd_.get(), relative, flags, followSymlinks)
             : openBeneathByWalk(fd_.get(), relative, flags, followSymlinks);
}

bool RootDirectory::isCurrent() const {
  struct stat found;
  return ::stat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
}

}  // namespace fsdb
