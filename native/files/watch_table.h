// Which directories and files a watcher watches, and under which of the system's watch descriptors.
//
// One inode has one descriptor, whatever the number of paths that lead to it: sources may nest, two
// may be the same directory, and a directory that was moved is watched under its new path while the
// old one is not forgotten yet. So a descriptor stands for a list of places.
//
// A value without system calls; its owner brings the lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fsdb {

// Byte order with '/' before all else, so that a directory and all below it stand together.
struct PathOrder {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

// Is `path` the directory `directory`, or below it? Everything is below "".
bool isWithin(std::string_view path, std::string_view directory);

class WatchTable {
 public:
  enum class Role : uint8_t {
    kDirectory,
    kFile,
    kRootName,  // the directory that holds a source's root; the place's path is the root's name
  };
  struct Place {
    size_t source = 0;
    std::string_view path;
    Role role = Role::kDirectory;
  };

  // Whoever takes a place's last descriptor away gives it to `released`: the system may forget it.
  using Descriptors = std::vector<int>;

  // `descriptor` is negative for a directory that the system does not watch: -errno.
  void add(const Place& place, int descriptor, Descriptors& released);

  // Removes `path` and what is below it, at most `limit` places; true if there are more.
  // The path "" removes the source itself and its kRootName too.
  bool remove(size_t source, std::string_view path, size_t limit, Descriptors& released);

  // The system has ended this watch.
  void drop(int descriptor);

  bool contains(int descriptor) const { return places_.count(descriptor) > 0; }
  std::optional<int> descriptorOf(size_t source, std::string_view path) const;

  template <typename Function>
  void forEachPlace(int descriptor, Function function) const {
    const auto found = places_.find(descriptor);
    const Entry* entry = found == places_.end() ? nullptr : found->second;
    for (; entry != nullptr; entry = entry->next) function(placeOf(*entry));
  }

  // Every source that has or had a place and was not removed.
  std::vector<size_t> sources() const;

  // The directories that are not watched, without those below others.
  std::vector<std::pair<size_t, std::string>> polledTops() const;

  size_t directories() const { return directories_; }  // that the system watches
  size_t files() const { return files_; }
  size_t polled() const { return polled_.size(); }
  const std::map<int, size_t>& polledByReason() const { return polledByReason_; }  // by errno

 private:
  struct Entry {
    size_t source = 0;
    const std::string* path = nullptr;  // the key it is stored under
    Role role = Role::kDirectory;
    int descriptor = 0;     // none yet: the system counts from 1
    Entry* next = nullptr;  // of the same descriptor
  };
  struct Source {
    std::map<std::string, Entry, PathOrder> entries;
    std::map<std::string, Entry> rootName;  // at most one
  };
  struct PolledOrder {
    bool operator()(const Entry* a, const Entry* b) const {
      if (a->source != b->source) return a->source < b->source;
      return PathOrder()(*a->path, *b->path);
    }
  };

  static Place placeOf(const Entry& entry) { return {entry.source, *entry.path, entry.role}; }
  void attach(Entry& entry, int descriptor);
  void detach(Entry& entry, Descriptors& released);

  std::map<size_t, Source> sources_;
  std::unordered_map<int, Entry*> places_;
  std::set<const Entry*, PolledOrder> polled_;
  std::map<int, size_t> polledByReason_;
  size_t directories_ = 0;
  size_t files_ = 0;
};

}  // namespace fsdb
