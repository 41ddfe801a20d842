// Lists a directory with few system calls: readdir(3) asks for 32 KiB at a time and allocates.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace fsdb {

// An entry's name and its type as the file system tells it: DT_REG, DT_DIR, ..., DT_UNKNOWN.
using EntrySink = std::function<void(const std::string& name, unsigned char type)>;

// Gives every entry of the open directory but "." and "..", in the file system's order, to `sink`.
// An entry that is renamed meanwhile may come twice or not at all. `buffer` is scratch space.
Result<void> listDirectory(int directoryFd, std::vector<char>& buffer, const EntrySink& sink);

}  // namespace fsdb
