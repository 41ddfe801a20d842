// Says in words what the system's limits keep inotify from doing, and what to do about it.
#pragma once

#include <cstddef>
#include <string>

namespace fsdb {

// `count` directories are polled because inotify_add_watch failed with `systemCode` while `watched`
// watches were in use here. Reads the limits from /proc.
std::string describePolled(int systemCode, size_t count, size_t watched);

// Some files with several hard links are not watched; `systemCode` EDQUOT stands for our own limit.
std::string describeUnwatchedFiles(int systemCode);

}  // namespace fsdb
