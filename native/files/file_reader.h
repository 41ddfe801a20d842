// Reads a whole file so that what comes out is what some writer left behind, not a mixture.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/content_hash.h"
#include "files/file_stat.h"
#include "files/root_directory.h"

namespace fsdb {

struct FileContent {
  std::string bytes;
  FileStat stat;  // of exactly these bytes
  ContentHash hash;
  int64_t takenNs = 0;  // the wall clock just before the first stat
};

struct ReadOptions {
  int64_t maxFileBytes = 16 << 20;
  bool followSymlinks = false;
};

// Opens, stats, reads and stats again; a file that changed meanwhile is read again at once, a few
// times. Errors carry `relative` as their path.
// kIo with systemCode ENOENT: there is no regular file of that name (also for a FIFO, socket,
// device or directory: they are no files of ours). kIo with EAGAIN: still being written, try later.
// kIo with another systemCode as the system reports. kLimit: longer than maxFileBytes.
Result<FileContent> readFile(const RootDirectory& root, const std::string& relative,
                             const ReadOptions& options);

// Receives the file at `index` of the batch.
using FileSink = std::function<void(size_t index, Result<FileContent> content)>;

// Reads files with the results of readFile(), handing over one after the other in the order of
// `paths`. Many are opened ahead and announced to the kernel, so that a disk that is not cached has
// many requests to work on: 2.4 s instead of 25 s for 100,000 files of 300 bytes. Keeps up to
// kOpenAhead descriptors open, and the content of one file at a time.
void readFiles(const RootDirectory& root, const std::vector<std::string>& paths,
               const ReadOptions& options, const FileSink& sink);

constexpr size_t kOpenAhead = 128;

// The same, all at once: for batches whose files may all be in memory together.
std::vector<Result<FileContent>> readFiles(const RootDirectory& root,
                                           const std::vector<std::string>& paths,
                                           const ReadOptions& options);

}  // namespace fsdb
