// What a stat tells of a file: cheap to compare, so that an unchanged file is not read again.
#pragma once

#include <cstdint>

struct statx;

namespace fsdb {

struct FileStat {
  int64_t size = 0;
  int64_t mtimeNs = 0;  // since the epoch
  int64_t ctimeNs = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileStat&, const FileStat&) = default;
};

FileStat fileStatOf(const struct statx& raw);

// False if the file may have changed again within the tick of the file system's clock after
// `stat` was taken: then equal stats prove nothing. `takenNs` is the wall clock at that moment.
// Whole-second time stamps are taken as a sign of a coarse file system.
bool isSettled(const FileStat& stat, int64_t takenNs);

}  // namespace fsdb
