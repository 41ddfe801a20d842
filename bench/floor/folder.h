// A folder, read with the fewest system calls: getdents and statx, then open, read, close.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fsdb {

struct FileEntry {
  std::string path;  // relative to the folder
  int64_t size = 0;
  int64_t mtimeNs = 0;
  int64_t ctimeNs = 0;
  uint64_t inode = 0;
};

// All regular files below `directory`, sorted within each folder. `onFolder` is told the relative
// path of each folder before it is listed.
std::vector<FileEntry> listFiles(const std::string& directory, int64_t threads,
                                 const std::function<void(const std::string&)>& onFolder = nullptr);

// The bytes of a file, and its size and times if `entry` is given; false if there is no such file.
bool readBytes(int folder, const std::string& path, std::string& bytes, FileEntry* entry = nullptr);

}  // namespace fsdb
