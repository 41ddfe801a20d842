// A storm of file operations of all kinds, the same for the same seed.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>

namespace fsdb {

class Storm {
 public:
  Storm(std::string root, unsigned seed) : root_(std::move(root)), random_(seed) {}

  void run(int operations) {
    for (int i = 0; i < operations; i++) step();
  }

  // One operation. Many fail, because what they are about is not there: that is part of a storm.
  void step() {
    std::error_code ignored;
    const int kind = pick(100);
    if (kind < 35) {
      write(file());
    } else if (kind < 45) {
      const std::string target = file();
      write(target + ".tmp");
      std::filesystem::rename(target + ".tmp", target, ignored);
    } else if (kind < 60) {
      std::filesystem::remove(file(), ignored);
    } else if (kind < 75) {
      std::filesystem::rename(file(), file(), ignored);
    } else if (kind < 82) {
      std::filesystem::rename(directory(), directory(), ignored);
    } else if (kind < 87) {
      exchange(pick(2) == 0 ? file() : directory(), pick(2) == 0 ? file() : directory());
    } else if (kind < 90) {
      std::filesystem::remove_all(directory(), ignored);
    } else if (kind < 95) {
      std::filesystem::create_directories(directory(), ignored);
    } else if (kind < 97) {
      makeRoom();
    } else {
      std::filesystem::last_write_time(
          file(), std::filesystem::file_time_type::clock::now() - std::chrono::seconds(pick(1000)),
          ignored);
    }
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string directory() {
    std::string path = root_;
    const int depth = 1 + pick(3);
    for (int i = 0; i < depth; i++) path += "/d" + std::to_string(pick(6));
    return path;
  }
  std::string file() {
    // Few names, so that they meet; two extensions, so that two files claim one id.
    const std::string name = "/f" + std::to_string(pick(20)) + (pick(8) == 0 ? ".yaml" : ".json");
    return (pick(10) == 0 ? root_ : directory()) + name;
  }
  void write(const std::string& path) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const bool isYaml = path.ends_with(".yaml") || path.ends_with(".yaml.tmp");
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    const std::string number = std::to_string(count_++);
    if (pick(20) == 0) {
      stream << (isYaml ? "v: [\n" : "{\"v\":");
    } else if (isYaml) {
      stream << "v: " << number << "\n";
    } else {
      stream << "{ \"v\": " << number << ", \"text\": \"" << std::string(pick(200), 'x') << "\" }";
    }
  }
  // Files that stand where directories should and the reverse would end every storm in a calm.
  void makeRoom() {
    std::error_code ignored;
    for (std::filesystem::directory_iterator it(root_, ignored), end; it != end;
         it.increment(ignored)) {
      const bool isNamedAsFile = it->path().has_extension();
      if (isNamedAsFile == it->is_directory(ignored)) {
        std::filesystem::remove_all(it->path(), ignored);
      }
    }
  }
  static void exchange(const std::string& a, const std::string& b) {
    (void)::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  }

  const std::string root_;
  std::mt19937 random_;
  int count_ = 0;
};

}  // namespace fsdb
