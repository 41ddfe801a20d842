#include "files/inotify_limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/unique_fd.h"
#include "files/watcher.h"

namespace fsdb {
namespace {

// The content of a file such as /proc/sys/fs/inotify/max_user_watches, without the line's end.
std::string readSetting(const char* path) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 32> text{};
  const ssize_t length = ::read(fd.get(), text.data(), text.size());
  if (length <= 0) return "unknown";
  const std::string_view line(text.data(), static_cast<size_t>(length));
  return std::string(line.substr(0, line.find('\n')));
}

// Not strerror, which may use one buffer for all threads.
std::string wordsOf(int systemCode) { return std::generic_category().message(systemCode); }

}  // namespace

std::string describePolled(int systemCode, size_t count, size_t watched) {
  const bool isOne = count == 1;
  const std::string those = std::to_string(count) + (isOne ? " directory is" : " directories are") +
                            " looked at by timer because the system does not watch " +
                            (isOne ? "it: " : "them: ");
  if (systemCode != ENOSPC) return those + wordsOf(systemCode);
  return those + "the limit of inotify watches is reached (" + std::to_string(watched) +
         " are used here; fs.inotify.max_user_watches is " +
         readSetting("/proc/sys/fs/inotify/max_user_watches") +
         ", user.max_inotify_watches of this user namespace is " +
         readSetting("/proc/sys/user/max_inotify_watches") +
         "). Raise it with: sysctl fs.inotify.max_user_watches=524288";
}

std::string describeUnwatchedFiles(int systemCode) {
  const std::string reason =
      systemCode == EDQUOT
          ? "no more than " + std::to_string(Watcher::kMaxFileWatches) + " are watched"
          : wordsOf(systemCode);
  return "some files with several hard links are not watched, and changes made through a name "
         "outside the directory are seen by the next scan only: " +
         reason;
}

}  // namespace fsdb
