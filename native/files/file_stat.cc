#include "files/file_stat.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace fsdb {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// The kernel stamps files with a clock that ticks every 1 to 10 ms, by its configuration.
constexpr int64_t kTickNs = 10'000'000;

// FAT counts in steps of 2 s, other old file systems in seconds.
constexpr int64_t kCoarseTickNs = 2 * kSecondNs;

int64_t nanosecondsOf(const struct statx_timestamp& time) {
  // What the nanoseconds of 64 bits cannot say (before 1678, after 2262) becomes the nearest.
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kSecondNs - 1;
  return std::clamp<int64_t>(time.tv_sec, -kMost, kMost) * kSecondNs + time.tv_nsec;
}

}  // namespace

FileStat fileStatOf(const struct statx& raw) {
  FileStat stat;
  stat.size = static_cast<int64_t>(raw.stx_size);
  stat.mtimeNs = nanosecondsOf(raw.stx_mtime);
  stat.ctimeNs = nanosecondsOf(raw.stx_ctime);
  stat.inode = raw.stx_ino;
  return stat;
}

FileIdentity fileIdentityOf(const struct statx& raw) {
  return {makedev(raw.stx_dev_major, raw.stx_dev_minor), raw.stx_ino};
}

Result<struct statx> statEntry(int directoryFd, const std::string& name) {
  struct statx raw;
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name.empty() ? AT_EMPTY_PATH : 0);
  const unsigned mask =
      STATX_TYPE | STATX_NLINK | STATX_SIZE | STATX_MTIME | STATX_CTIME | STATX_INO;
  if (::statx(directoryFd, name.c_str(), flags, mask, &raw) != 0) {
    return systemError("stat", name, errno);
  }
  return raw;
}

int64_t wallNowNs() {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kSecondNs + now.tv_nsec;
}

bool isSettled(const FileStat& stat, int64_t takenNs) {
  const bool coarse = stat.mtimeNs % kSecondNs == 0 || stat.ctimeNs % kSecondNs == 0;
  return std::max(stat.mtimeNs, stat.ctimeNs) < takenNs - (coarse ? kCoarseTickNs : kTickNs);
}

}  // namespace fsdb
