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
  // Who keeps a lookup beneath the root.
  enum class Lookup : uint8_t {
    kKernel,  // openat2(2), where there is one and the sandbox allows it; else as kWalk
    kWalk,    // one component after the other, each without following links
  };

  // Follows links in `path` itself: the user named it. kIo if it is missing or no directory.
  // kWalk is for tests; the results are the same.
  static Result<RootDirectory> open(const std::string& path, Lookup lookup = Lookup::kKernel);

  // In all of these `relative` may be longer than PATH_MAX, and the Error's path is `relative`.

  // Opens the directory `relative` ("" for the root itself), links on the way refused (ELOOP).
  Result<UniqueFd> openDirectory(const std::string& relative) const;

  // Opens the file `relative` for reading, non-blocking, so that a FIFO does not hang. Links on the
  // way and at the end are refused (ELOOP), or with `followSymlinks` followed as long as they stay
  // beneath the root (EXDEV otherwise; every link to an absolute path counts as leaving).
  Result<UniqueFd> openFile(const std::string& relative, bool followSymlinks) const;

  // Opens whatever `relative` is only to stat it (O_PATH): no permission on it is needed, no driver
  // and no lock hears of it. Links as with openFile().
  Result<UniqueFd> openForStat(const std::string& relative, bool followSymlinks) const;

  // False once `path` names another directory, or none: it was deleted, moved or mounted over.
  bool isCurrent() const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  RootDirectory(std::string path, UniqueFd fd, dev_t device, ino_t inode, Lookup lookup);

  Result<UniqueFd> openBeneath(const std::string& relative, int flags, bool followSymlinks) const;

  std::string path_;
  UniqueFd fd_;
  dev_t device_;
  ino_t inode_;
  Lookup lookup_;
};

}  // namespace fsdb
