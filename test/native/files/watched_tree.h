// A temporary directory below which a test watches directories and makes changes.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "files/watcher.h"
#include "support/temp_directory.h"

namespace fsdb {

class WatchedTree {
 public:
  const std::string& root() const { return directory_.path(); }
  std::string path(std::string_view relative) const {
    return relative.empty() ? root() : directory_.path(relative);
  }

  void write(std::string_view file, std::string_view content = "{}") const {
    directory_.write(file, content);
  }
  void makeDirectory(std::string_view name) const {
    std::filesystem::create_directories(path(name));
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(path(from), path(to));
  }
  void remove(std::string_view name) const { std::filesystem::remove_all(path(name)); }

  UniqueFd open(std::string_view name, int flags = O_RDONLY) const {
    return UniqueFd(::open(path(name).c_str(), flags | O_CLOEXEC, 0666));
  }

  // Watches the directory `name`; as `as` below the source if they differ.
  void watch(Watcher& watcher, size_t source, std::string_view name) const {
    watchAs(watcher, source, name, name);
  }
  void watchAs(Watcher& watcher, size_t source, std::string_view name, std::string_view as) const {
    const UniqueFd fd = open(name, O_RDONLY | O_DIRECTORY);
    watcher.watch(source, fd.get(), std::string(as));
  }

 private:
  TempDirectory directory_;
};

}  // namespace fsdb
