// Finds the files of a source: walks the tree below a directory on several threads.
//
// Threads: scan() may be called from one thread at a time per Scanner, also from a thread of the
// pool; it works on that thread, helped by the pool's others while they are free, and uses the
// watcher from all of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "files/file_stat.h"
#include "files/path_filter.h"
#include "files/root_directory.h"
#include "files/watcher.h"

namespace fsdb {

struct ScannedFile {
  std::string path;  // relative to the root, '/' between components
  FileStat stat;
  bool isShared = false;  // it has other names as well: hard links
};

// A directory that could not be read, or a file whose name or nature keeps it out although the
// filter includes it. `path` is valid UTF-8: other bytes stand as \xNN.
// kParse: the name is not UTF-8. kLimit: the path is longer than kMaxPathBytes. kIo with EXDEV or
// ELOOP: a link that leads out of the root, or in circles. Other kIo: whether something is there is
// unknown.
struct ScanProblem {
  std::string path;
  Error error;
  bool isDirectory = false;  // what lies below is unknown, not gone
};

// All lists are sorted by path, byte by byte, as SQLite's BINARY collation sorts.
struct ScanResult {
  std::vector<ScannedFile> files;
  std::vector<ScanProblem> problems;
  std::vector<std::string> symlinks;  // the files above that were reached through a link
  size_t directories = 0;             // that were listed
  int64_t takenNs = 0;                // the wall clock before the first stat
};

class Scanner {
 public:
  struct Source {
    size_t number = 0;                    // as the watcher and the hints name it
    const RootDirectory* root = nullptr;  // must outlive the scan
    const PathFilter* filter = nullptr;   // must outlive the scan
    bool followSymlinks = false;          // files only, never directories, never out of the root

    // Passed over under whatever name: the open database's own files. Closing a handle on them
    // would drop the locks that SQLite holds.
    std::vector<FileIdentity> excluded;

    // False: ask for each entry's type, as where the file system's listings do not tell it.
    bool trustListedTypes = true;
  };

  // Four times PATH_MAX. Trees can be deeper, but only by intent, and each level costs its path.
  static constexpr size_t kMaxPathBytes = 16384;

  // `watcher` may be null: nothing is watched then. Both must outlive this object.
  Scanner(ThreadPool& pool, Watcher* watcher) : pool_(pool), watcher_(watcher) {}

  // Everything below `directory` ("" for the root), which must be a directory that the filter
  // enters. Regular files only: links, FIFOs, sockets and devices are passed over. Mount points are
  // entered. A directory that vanishes during the scan is not a problem.
  ScanResult scan(const Source& source, const std::string& directory);

  // What is at `path` now: a file of the source, a directory with all that is below it, or nothing.
  ScanResult look(const Source& source, const std::string& path);

 private:
  ThreadPool& pool_;
  Watcher* watcher_;
};

}  // namespace fsdb
