// One file of a source, from the disk to what has to become of its document.
#pragma once

#include <optional>

#include "base/clock.h"
#include "files/file_reader.h"
#include "files/root_directory.h"
#include "sync/change_applier.h"
#include "sync/source.h"
#include "sync/sync_plan.h"

namespace fsdb {

// Decides what to do with a file that has been read, or could not be. Pure but for the clock.
//
// A file whose content is what it was is not parsed again, unless `file.parse` says so. An error
// that the system reported is due again after retryDelay(); one that stands in the file waits for
// the file's next change. nullopt: there is no such file, and none was known. The
// file's format is known.
std::optional<FileChange> changeOf(const Source& source, FileToRead file,
                                   Result<FileContent> content, const Clock& clock);

// The change that a file comes to whose name says that no parser knows it. It is not read.
FileChange unknownFormat(const Source& source, FileToRead file, const Clock& clock);

}  // namespace fsdb
