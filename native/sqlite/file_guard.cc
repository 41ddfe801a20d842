#include "sqlite/file_guard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <thread>

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The bytes whose read lock means "somebody has this database open".
// Source: https://www.sqlite.org/src/file/src/os.h ("SHARED_FIRST", "SHARED_SIZE").
constexpr off_t kSharedFirst = 0x40000002;
constexpr off_t kSharedSize = 510;

// How soon the lock is tried again: exclusive locks last as long as a commit or a checkpoint.
constexpr milliseconds kRetry{2};

int setLock(int fd, short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kSharedFirst;
  lock.l_len = kSharedSize;
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

// Reads the file format's "read version": 2 for WAL. With a rollback journal beside it the file is
// in the middle of a switch, or SQLite has to undo one.
// Source: https://www.sqlite.org/fileformat2.html#file_format_version_numbers
bool isInWalMode(int fd, const std::string& path) {
  uint8_t version = 0;
  if (::pread(fd, &version, 1, 19) != 1 || version != 2) return false;
  return ::access((path + "-journal").c_str(), F_OK) != 0;
}

Error notRegular(const std::string& path) {
  Error error;
  error.code = ErrorCode::kIo;
  error.message = "open " + path + ": not a regular file";
  error.path = path;
  return error;
}

}  // namespace

Result<FileGuard> FileGuard::acquire(const std::string& path, Missing missing,
                                     milliseconds timeout) {
  // O_NONBLOCK: a FIFO of that name must not hang us.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (missing == Missing::kCreate ? O_CREAT : 0);
  UniqueFd fd(::open(path.c_str(), flags, S_IRUSR | S_IWUSR));
  if (!fd) return systemError("open", path, errno);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return systemError("stat", path, errno);
  if (!S_ISREG(status.st_mode)) return notRegular(path);
  FileGuard guard(std::move(fd), path);
  if (isInWalMode(guard.fd_.get(), path)) FSDB_TRY(guard.lock(timeout));
  return guard;
}

void FileGuard::release() {
  // Nothing can be done about a failure: the lock ends with the descriptor.
  if (fd_) setLock(fd_.get(), F_UNLCK);
}

Result<void> FileGuard::lock(milliseconds timeout) {
  // Not F_OFD_SETLKW: it waits for ever.
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    const int failure = setLock(fd_.get(), F_RDLCK);
    if (failure == 0) return {};
    if (failure != EAGAIN && failure != EACCES && failure != EINTR) {
      return systemError("lock", path_, failure);
    }
    if (steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kRetry);
  }
  Error error;
  error.code = ErrorCode::kBusy;
  error.message = "lock " + path_ + ": held exclusively by another connection";
  error.path = path_;
  return error;
}

}  // namespace fsdb
