// What an inotify event says, as a hint.
#pragma once

#include <sys/inotify.h>

#include <optional>
#include <string_view>

#include "files/hint.h"
#include "files/watch_table.h"

namespace fsdb {

// The events that a directory, a file with several hard links, and the directory that holds a
// source's root are watched for.
//
// IN_MODIFY and IN_CREATE tell that somebody is writing before IN_CLOSE_WRITE tells that it is
// done; a file that is kept open sends nothing else. Memory that is mapped for writing sends only
// the IN_CLOSE_WRITE of its descriptor. IN_EXCL_UNLINK: no more of files that are deleted but open.
constexpr uint32_t kDirectoryEvents = IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MODIFY |
                                      IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                      IN_MOVE_SELF;
constexpr uint32_t kFileEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF;
constexpr uint32_t kRootNameEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

// The name of the entry of the watched directory that the event is about; empty: the watched
// directory or file itself.
std::string_view nameOf(const inotify_event& event);

// What the event says about `place`; nullopt: nothing.
std::optional<Hint> hintOf(const inotify_event& event, const WatchTable::Place& place);

}  // namespace fsdb
