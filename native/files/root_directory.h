// A source's directory, and the only way to open anything in it: nothing outside is ever reached,
// whatever links, ".." or races the tree below holds.
//
// Threads: immutable after open().
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fsdb {

class RootDirectory {
 public:
  // Follows links in `path` itself: the user named it. kIo if it is missing or no directory.
  static Result<RootDirectory> open(const std::string& path);

  // Opens the directory `relative` ("" for the root itself), links on the way refused.
  Result<UniqueFd> openDirectory(const std::string& relative) const;

  // Opens the file `relative` for reading, non-blocking, so that a FIFO does not hang. Links on the
  // way and at the end are refused (ELOOP), or with `followSymlinks` followed as long as they stay
  // beneath the root (EXDEV otherwise).
  Result<UniqueFd> openFile(const std::string& relative, bool followSymlinks) const;

  // False once `path` names another directory, or none: it was deleted, moved or mounted over.
  bool isCurrent() const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  RootDirectory(std::string path, UniqueFd fd, dev_t device, ino_t inode);

  std::string path_;
  UniqueFd fd_;
  dev_t device_;
  ino_t inode_;
};

}  // namespace fsdb
