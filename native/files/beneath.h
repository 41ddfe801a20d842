// Opening a path so that it cannot lead out of a directory: two ways with the same results.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fsdb {

// Can openat2(2) be used? Not before Linux 5.6, and some sandboxes forbid it.
bool hasOpenat2(int rootFd);

// Opens `relative` with open(2)'s `flags`. EXDEV: it leads out of the root. ELOOP: there is a link
// although `followSymlinks` is false, or there are too many. EAGAIN: renames and mounts kept
// getting in the way. ENAMETOOLONG: a component is too long; the whole may be as long as it likes.
Result<UniqueFd> openBeneathByKernel(int rootFd, const std::string& relative, int flags,
                                     bool followSymlinks);
Result<UniqueFd> openBeneathByWalk(int rootFd, const std::string& relative, int flags,
                                   bool followSymlinks);

}  // namespace fsdb
