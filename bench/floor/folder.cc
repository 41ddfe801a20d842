#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>

#include "side.h"

namespace fsdb {
namespace {

int64_t nanoseconds(const statx_timestamp& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void fill(FileEntry& entry, const struct statx& stat) {
  entry.size = static_cast<int64_t>(stat.stx_size);
  entry.mtimeNs = nanoseconds(stat.stx_mtime);
  entry.ctimeNs = nanoseconds(stat.stx_ctime);
  entry.inode = stat.stx_ino;
}

// Lists one folder; folders in it are added to `folders`.
void listFolder(const std::string& directory, const std::string& below,
                std::vector<std::string>& folders, std::vector<FileEntry>& files) {
  const int fd = ::open((directory + "/" + below).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const folder = fd < 0 ? nullptr : ::fdopendir(fd);
  if (folder == nullptr) fail("cannot open " + directory + "/" + below);
  const std::string prefix = below.empty() ? "" : below + "/";
  const size_t first = files.size();
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    if (entry->d_type == DT_DIR) folders.push_back(prefix + entry->d_name);
    if (entry->d_type != DT_REG) continue;
    struct statx stat {};
    if (::statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
                &stat) != 0) {
      continue;
    }
    fill(files.emplace_back(), stat);
    files.back().path = prefix + entry->d_name;
  }
  ::closedir(folder);
  std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
}

}  // namespace

std::vector<FileEntry> listFiles(const std::string& directory, int64_t threads,
                                 const std::function<void(const std::string&)>& onFolder) {
  std::vector<FileEntry> files;
  std::vector<std::string> level{""};
  while (!level.empty()) {
    if (onFolder) std::for_each(level.begin(), level.end(), onFolder);
    std::sort(level.begin(), level.end());
    const auto count = std::min<size_t>(static_cast<size_t>(threads), level.size());
    std::vector<std::vector<std::string>> folders(count);
    std::vector<std::vector<FileEntry>> found(count);
    const auto work = [&](size_t number) {
      for (size_t i = number * level.size() / count; i < (number + 1) * level.size() / count; i++) {
        listFolder(directory, level[i], folders[number], found[number]);
      }
    };
    std::vector<std::thread> helpers;
    for (size_t number = 1; number < count; number++) helpers.emplace_back(work, number);
    work(0);
    for (auto& helper : helpers) helper.join();
    level.clear();
    for (size_t number = 0; number < count; number++) {
      level.insert(level.end(), folders[number].begin(), folders[number].end());
      std::move(found[number].begin(), found[number].end(), std::back_inserter(files));
    }
  }
  return files;
}

bool readBytes(int folder, const std::string& path, std::string& bytes, FileEntry* entry) {
  const int fd = ::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  struct statx stat {};
  bool good = ::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stat) == 0;
  bytes.resize(stat.stx_size);
  const ssize_t length = ::read(fd, bytes.data(), bytes.size());
  good = good && length >= 0;
  bytes.resize(good ? static_cast<size_t>(length) : 0);
  ::close(fd);
  if (entry != nullptr) fill(*entry, stat);
  return good;
}

}  // namespace fsdb
