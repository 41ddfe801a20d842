// Replaces a file so that every reader, and a power cut, finds the old content or the new.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "files/root_directory.h"

namespace fsdb {

// Writes `bytes` to a temporary file in the same directory (".<name>.<unique>.tmp", which no
// PathFilter includes), syncs it, renames it over `relative` and syncs the directory. Directories
// on the way are created. The mode of an existing file is kept, and its owner if the process may;
// a new one gets 0666 less the umask.
// kFull, kReadonly, kIo as reported; then the old file is untouched and the temporary is gone, with
// one exception: "sync directory" failed, the new content is in place, but a power cut may undo it.
// kIo with EINVAL: `relative` is not a plain path (empty, absolute, with "." or ".." or NUL).
// kIo with ELOOP, EISDIR or EEXIST: a link, a directory, or a FIFO, socket or device is in the way.
Result<void> writeFileAtomically(const RootDirectory& root, const std::string& relative,
                                 std::string_view bytes);

// Deletes the file: true if there was one. Syncs the directory. A link is deleted itself.
Result<bool> removeFile(const RootDirectory& root, const std::string& relative);

}  // namespace fsdb
