#include "files/directory_listing.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace fsdb {
namespace {

// About 2,000 entries at once.
constexpr size_t kBufferBytes = 65536;

}  // namespace

Result<void> listDirectory(int directoryFd, std::vector<char>& buffer, const EntrySink& sink) {
  buffer.resize(kBufferBytes);
  std::string name;
  while (true) {
    const long filled = ::syscall(SYS_getdents64, directoryFd, buffer.data(), buffer.size());
    if (filled < 0 && errno == EINTR) continue;
    if (filled < 0) return systemError("list", "directory", errno);
    if (filled == 0) return {};
    for (size_t at = 0; at < static_cast<size_t>(filled);) {
      // The kernel's linux_dirent64 is glibc's struct dirent64. It ends behind its name, so that
      // only the fields may be looked at, never the whole struct.
      const char* entry = buffer.data() + at;
      unsigned short length;
      std::memcpy(&length, entry + offsetof(struct dirent64, d_reclen), sizeof length);
      const auto type = static_cast<unsigned char>(entry[offsetof(struct dirent64, d_type)]);
      name.assign(entry + offsetof(struct dirent64, d_name));
      if (name != "." && name != "..") sink(name, type);
      at += length;
    }
  }
}

}  // namespace fsdb
