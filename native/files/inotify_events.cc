#include "files/inotify_events.h"

#include <cstring>
#include <string>

namespace fsdb {
namespace {

HintKind kindOf(const inotify_event& event, bool isDirectory) {
  constexpr uint32_t kGoneEvents =
      IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED;
  if ((event.mask & kGoneEvents) != 0) return HintKind::kGone;
  // A directory is complete when it is there; what is in it has hints of its own.
  if (isDirectory) return HintKind::kSettled;
  return (event.mask & (IN_CREATE | IN_MODIFY)) != 0 ? HintKind::kWriting : HintKind::kSettled;
}

}  // namespace

std::string_view nameOf(const inotify_event& event) {
  return {event.name, event.len == 0 ? 0 : ::strnlen(event.name, event.len)};
}

std::optional<Hint> hintOf(const inotify_event& event, const WatchTable::Place& place) {
  const std::string_view name = nameOf(event);
  if (place.role == WatchTable::Role::kRootName) {
    if (name != place.path || (event.mask & kRootNameEvents) == 0) return std::nullopt;
    return Hint{"", HintScope::kSubtree, kindOf(event, true), 0};
  }
  const bool isDirectory =
      name.empty() ? place.role == WatchTable::Role::kDirectory : (event.mask & IN_ISDIR) != 0;
  std::string path(place.path);
  if (!path.empty() && !name.empty()) path += '/';
  path += name;
  // A directory that changed its rights may hide or show all that is below it.
  const HintScope scope = isDirectory ? HintScope::kSubtree : HintScope::kEntry;
  return Hint{std::move(path), scope, kindOf(event, isDirectory), event.cookie};
}

}  // namespace fsdb
