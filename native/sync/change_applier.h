// Turns what a sync has found into rows: the document, the file's memory and the change feed, which
// always change together.
//
// Threads: the writer's. apply() runs inside one of its transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "documents/change_feed.h"
#include "documents/document_table.h"
#include "sqlite/connection.h"
#include "sync/file_table.h"
#include "sync/source.h"
#include "sync/sync_plan.h"
#include "sync/sync_report.h"

namespace fsdb {

// What became of one file.
struct FileChange {
  enum class Kind : uint8_t {
    kPut,     // it was read and parsed
    kTouch,   // it was read, and its content is what it was
    kFail,    // it could not be read or parsed
    kRemove,  // it is gone
  };
  Kind kind = Kind::kPut;
  std::string type;
  std::string path;
  std::unique_ptr<StoredFile> stored;       // what was known of it before; null: nothing
  std::unique_ptr<StoredFile> renamedFrom;  // kPut: the missing file with the same content
  FileStat stat;
  std::optional<ContentHash> hash;
  DocumentNames names;             // kPut
  std::string json;                // kPut
  std::optional<FileError> error;  // kFail
};

// What the rows say afterwards; valid once the transaction has been committed.
struct ApplyOutcome {
  DocumentRefs added;
  DocumentRefs changed;
  DocumentRefs removed;
  std::vector<std::pair<DocumentRef, DocumentRef>> renamed;
  std::vector<FileVerdict> verdicts;                           // of one file, the last one counts
  std::vector<std::pair<std::string, std::string>> lookAgain;  // (type, path): their id is free now

  bool changedAnything() const {
    return !added.empty() || !changed.empty() || !removed.empty() || !renamed.empty();
  }
};

// What the changes of one sync have in common.
struct ApplyContext {
  std::string now;  // ISO 8601
  // (type, path) of files that this sync removes: whoever claims their ids may have them.
  std::unordered_set<std::string> leaving;
  // (type, path) of files that this sync has found something wrong with, so far.
  std::unordered_set<std::string> blamed;
  // The first so many changes are not worth a row in the feed: the later ones would prune them.
  int64_t skipFeed = 0;

  static std::string keyOf(const std::string& type, const std::string& path) {
    return type + '\0' + path;
  }
};

class ChangeApplier {
 public:
  static Result<std::unique_ptr<ChangeApplier>> create(Connection& connection);

  // Applies `changes` in order. On an error the caller rolls back.
  Result<void> apply(const std::vector<FileChange>& changes, ApplyContext& context,
                     ApplyOutcome& outcome);

  // Goes with every transaction that changed something: stores the number of the sync and prunes
  // the feed.
  Result<void> finish(int64_t generation, const ApplyContext& context);

 private:
  ChangeApplier(DocumentTable documents, FileTable files, ChangeFeed feed)
      : documents_(std::move(documents)), files_(std::move(files)), feed_(std::move(feed)) {}

  Result<bool> addAll(std::span<const FileChange> changes);
  Result<void> applyOne(const FileChange& change);
  Result<void> put(const FileChange& change);
  Result<bool> rename(const FileChange& change, const StoredFile& from);
  Result<void> insertOrClaim(const FileChange& change);
  Result<void> claim(const FileChange& change, const DocumentOwner& owner);
  Result<void> loseTo(const FileChange& change, const std::string& winner);
  Result<void> markDuplicate(const FileChange& change, const std::string& loser);
  Result<void> giveUp(const FileChange& change, const StoredFile& stored);
  Result<void> touch(const FileChange& change);
  Result<void> fail(const FileChange& change);
  Result<void> remove(const FileChange& change);
  Result<void> putClean(const FileChange& change);
  bool isBlamed(const FileChange& change) const;
  Result<void> record(ChangeOp op, const std::string& type, const std::string& id, int64_t version);
  Result<void> flushSkipped();
  void clear(const std::string& type, const std::string& path);
  void blame(FileError error);
  Result<void> free(const std::string& type, const std::string& id);

  DocumentTable documents_;
  FileTable files_;
  ChangeFeed feed_;
  int64_t skipped_ = 0;  // numbers of the feed that were passed over and not yet used up
  ApplyContext* context_ = nullptr;  // of the running apply()
  ApplyOutcome* outcome_ = nullptr;
};

}  // namespace fsdb
