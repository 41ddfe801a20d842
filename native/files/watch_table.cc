#include "files/watch_table.h"

#include <algorithm>

namespace fsdb {

bool PathOrder::operator()(std::string_view a, std::string_view b) const {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (y == b.end()) return false;
  if (x == a.end()) return true;
  if (*x == '/' || *y == '/') return *x == '/';
  return static_cast<unsigned char>(*x) < static_cast<unsigned char>(*y);
}

bool isWithin(std::string_view path, std::string_view directory) {
  if (directory.empty()) return true;
  return path.substr(0, directory.size()) == directory &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

void WatchTable::add(const Place& place, int descriptor, Descriptors& released) {
  Source& source = sources_[place.source];
  Entry* entry = nullptr;
  if (place.role == Role::kRootName) {
    const auto old = source.rootName.begin();
    if (old != source.rootName.end() && old->first != place.path) {
      detach(old->second, released);
      source.rootName.erase(old);
    }
    const auto stored = source.rootName.try_emplace(std::string(place.path)).first;
    entry = &stored->second;
    entry->path = &stored->first;
  } else {
    const auto stored = source.entries.try_emplace(std::string(place.path)).first;
    entry = &stored->second;
    entry->path = &stored->first;
  }
  if (entry->descriptor == descriptor && entry->role == place.role) return;
  detach(*entry, released);
  entry->source = place.source;
  entry->role = place.role;
  attach(*entry, descriptor);
}

bool WatchTable::remove(size_t source, std::string_view path, size_t limit, Descriptors& released) {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return false;
  auto& entries = found->second.entries;
  auto entry = entries.lower_bound(path);
  for (; entry != entries.end() && isWithin(entry->first, path); entry = entries.erase(entry)) {
    if (limit-- == 0) return true;
    detach(entry->second, released);
  }
  if (path.empty()) {
    for (auto& [name, rootName] : found->second.rootName) detach(rootName, released);
    sources_.erase(found);
  }
  return false;
}

void WatchTable::drop(int descriptor) {
  if (!contains(descriptor)) return;
  Descriptors released;
  while (released.empty()) {
    Entry& entry = *places_.find(descriptor)->second;
    Source& source = sources_[entry.source];
    const bool isRootName = entry.role == Role::kRootName;
    detach(entry, released);
    if (isRootName) {
      source.rootName.clear();
    } else {
      source.entries.erase(source.entries.find(*entry.path));
    }
  }
}

std::optional<int> WatchTable::descriptorOf(size_t source, std::string_view path) const {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return std::nullopt;
  const auto entry = found->second.entries.find(path);
  if (entry == found->second.entries.end()) return std::nullopt;
  return entry->second.descriptor;
}

std::vector<size_t> WatchTable::sources() const {
  std::vector<size_t> numbers;
  for (const auto& [number, source] : sources_) numbers.push_back(number);
  return numbers;
}

std::vector<std::pair<size_t, std::string>> WatchTable::polledTops() const {
  std::vector<std::pair<size_t, std::string>> tops;
  for (const Entry* entry : polled_) {
    const bool covered = !tops.empty() && tops.back().first == entry->source &&
                         isWithin(*entry->path, tops.back().second);
    if (!covered) tops.emplace_back(entry->source, *entry->path);
  }
  return tops;
}

void WatchTable::attach(Entry& entry, int descriptor) {
  entry.descriptor = descriptor;
  if (descriptor < 0) {
    polled_.insert(&entry);
    ++polledByReason_[-descriptor];
    return;
  }
  Entry*& head = places_[descriptor];
  entry.next = head;
  head = &entry;
  if (entry.role == Role::kDirectory) ++directories_;
  if (entry.role == Role::kFile) ++files_;
}

void WatchTable::detach(Entry& entry, Descriptors& released) {
  const int descriptor = std::exchange(entry.descriptor, 0);
  if (descriptor == 0) return;
  if (descriptor < 0) {
    polled_.erase(&entry);
    const auto reason = polledByReason_.find(-descriptor);
    if (--reason->second == 0) polledByReason_.erase(reason);
    return;
  }
  const auto found = places_.find(descriptor);
  Entry** link = &found->second;
  while (*link != &entry) link = &(*link)->next;
  *link = entry.next;
  if (entry.role == Role::kDirectory) --directories_;
  if (entry.role == Role::kFile) --files_;
  if (found->second == nullptr) {
    released.push_back(descriptor);
    places_.erase(found);
  }
  entry.next = nullptr;
}

}  // namespace fsdb
