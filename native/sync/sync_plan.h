// Decides what a sync has to do, from what is on the disk and what is in the database. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "files/content_hash.h"
#include "files/file_stat.h"
#include "files/scanner.h"
#include "sync/look.h"

namespace fsdb {

enum class FileState : uint8_t {
  kOk,         // its document is in the database
  kError,      // it could not be read or parsed; its last good document, if any, is still there
  kDuplicate,  // another file holds its id
};

// How often a file has failed in a row, and since when (ISO 8601).
struct Failure {
  int64_t attempts = 0;
  std::string since;
};

// A size that no file has: what is remembered of the file proves nothing, read it.
inline constexpr int64_t kUntrusted = -1;

// What the database remembers of a file.
struct StoredFile {
  std::string path;
  std::optional<std::string> id;  // of the document that it gave last
  FileStat stat;                  // size kUntrusted: read the file
  std::optional<ContentHash> hash;
  FileState state = FileState::kOk;
  bool retry = false;  // the last attempt failed for a reason that may be gone now
  std::optional<Failure> failure;
};

// A file to read, with what was known of it.
struct FileToRead {
  std::string path;
  std::unique_ptr<StoredFile> stored;  // null: it is new, as all are when a folder is first synced
  bool parse = false;                  // even if its content is what it was
  uint64_t newInode = 0;               // of a new file that has no other names
  FileStat stat{};                     // as the scan saw it
};

struct SyncPlan {
  std::vector<FileToRead> read;     // by path
  std::vector<StoredFile> missing;  // by path: stored, and no longer there
  int64_t unchanged = 0;
  std::vector<uint64_t> knownInodes;  // of the files that are there and stored
  bool gotShared = false;  // a new file is another name of one that may be stored already
};

// Compares one source's scan with its stored files; both sorted by path.
// What lies below a directory that could not be read is left as it is. A file is unchanged if its
// stat is the stored one; with more than Effort::kStat every file is read all the same.
SyncPlan planSync(ScanResult scanned, std::vector<StoredFile> stored, Effort effort);

// The files that are missing, to be found by content: a new file with the same content is the same
// document under another name.
class MissingFiles {
 public:
  explicit MissingFiles(std::vector<StoredFile> missing);

  // Takes the missing file that a new one with `hash` at `path` was renamed from: preferably the
  // same inode and file name, then the same inode, then the same file name, then the first by path.
  // nullopt if there is none. Takes no longer if thousands have the same content.
  std::optional<StoredFile> takeRenamed(const ContentHash& hash, uint64_t inode,
                                        const std::string& path);

  bool contains(const std::string& path) const { return byPath_.contains(path); }

  // What has not been taken, by path.
  std::vector<StoredFile> takeRest();

 private:
  // Indexes into files_, by path. Those that were taken through another queue are passed over.
  struct Queue {
    std::vector<size_t> files;
    size_t next = 0;
  };
  // The files with one content.
  struct SameContent {
    Queue all;
    // By inode and name, once there is a choice to make: few contents come twice.
    std::unordered_map<std::string, Queue> alike;
  };

  void indexAlike(SameContent& same) const;
  std::optional<size_t> front(Queue& queue) const;

  std::vector<std::optional<StoredFile>> files_;
  std::unordered_map<ContentHash, SameContent> byHash_;
  std::unordered_map<std::string, size_t> byPath_;
};

// Two files claim one id: does the one that comes now win over the one that holds it? The later
// modified does; at the same time, the one whose path sorts first.
bool claimWins(std::string_view modified, std::string_view path, std::string_view ownerModified,
               std::string_view ownerPath);

// How long to wait before reading a file again after `attempts` failures in a row (from 1):
// 100 ms x 2^(attempts-1), at most 30 s, less up to a quarter, chosen by `random` in [0, 1), so
// that many files do not come back at once.
std::chrono::milliseconds retryDelay(int64_t attempts, double random);

}  // namespace fsdb
