// What a stat tells of a file: cheap to compare, so that an unchanged file is not read again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"

struct statx;

namespace fsdb {

struct FileStat {
  int64_t size = 0;
  int64_t mtimeNs = 0;  // since the epoch
  int64_t ctimeNs = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileStat&, const FileStat&) = default;
};

// Which file it is, whatever it is called. Only while the file exists: numbers are used again.
struct FileIdentity {
  dev_t device = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

FileStat fileStatOf(const struct statx& raw);
FileIdentity fileIdentityOf(const struct statx& raw);

// Stats the entry `name` of an open directory, not what a link points to; with an empty name, the
// descriptor itself. The Error's path is `name`.
//
// Attributes are as fresh as stat(2) gives them. AT_STATX_DONT_SYNC saves nothing on local file
// systems, and on NFS it answers from the cache for ever, so that changes made by other machines
// would never be seen. Source: fs/nfs/inode.c, nfs_getattr().
Result<struct statx> statEntry(int directoryFd, const std::string& name);

// The wall clock in nanoseconds, to be compared with time stamps of files.
int64_t wallNowNs();

// False if the file may have changed again within the tick of the file system's clock after
// `stat` was taken: then equal stats prove nothing. `takenNs` is the wall clock at that moment.
// Whole-second time stamps are taken as a sign of a coarse file system.
bool isSettled(const FileStat& stat, int64_t takenNs);

}  // namespace fsdb
