// What a sync did, and how things stand, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sync/document_refs.h"

namespace fsdb {

enum class SyncReason : uint8_t { kStart, kWatch, kRescan, kCall, kSave };
std::string_view syncReasonName(SyncReason reason);

struct SyncReport {
  SyncReason reason = SyncReason::kCall;
  int64_t generation = 0;  // counts committed syncs of this database file, in all processes
  DocumentRefs added;
  DocumentRefs changed;
  DocumentRefs removed;
  std::vector<std::pair<DocumentRef, DocumentRef>> renamed;  // from, to
  int64_t failed = 0;     // files that could not become documents in this sync
  int64_t scanned = 0;    // files looked at
  int64_t unchanged = 0;  // of these, as they were
  int64_t parsed = 0;     // of these, parsed: 0 when nothing changed
  std::chrono::microseconds duration{0};
  std::chrono::microseconds looking{0};  // of this, finding out what is there: what polling costs

  bool changedAnything() const {
    return !added.empty() || !changed.empty() || !removed.empty() || !renamed.empty();
  }
};

// A file that is not, or not up to date, in the database, and why.
struct FileError {
  std::string type;
  std::string filePath;
  Error error;
  int64_t attempts = 0;
  std::optional<std::string> nextRetryAt;   // ISO 8601; nullopt: with the next change of the file
  std::chrono::milliseconds retryAfter{0};  // the same, from when it failed; not stored
  std::string since;                        // ISO 8601

  friend bool operator==(const FileError&, const FileError&) = default;
};

// What the last look at a file came to: an error, or none (any longer).
struct FileVerdict {
  std::string type;
  std::string path;
  std::optional<FileError> error;
};

enum class SyncState : uint8_t {
  kStarting,
  kSyncing,
  kWatching,
  kFollowing,
  kIdle,  // in step as of the last sync, and not watching
  kDegraded,
  kClosed,
};
std::string_view syncStateName(SyncState state);

struct SyncStatus {
  SyncState state = SyncState::kStarting;
  bool leader = false;
  std::optional<int64_t> leaderPid;
  std::string backend;
  int64_t directories = 0;
  int64_t overflows = 0;
  int64_t rescans = 0;
  int64_t pending = 0;  // hints that wait for their path to be quiet, and retries
  int64_t generation = 0;
  std::shared_ptr<const SyncReport> lastSync;  // null before the first
  std::vector<FileError> errors;               // by type and path
  std::vector<std::string> degraded;
};

}  // namespace fsdb
