// A database of documents that is kept equal to folders of files.
//
// Threads: as Database; the listener and every `done` are called on native threads and must only
// hand over what they are told.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "database/document_database.h"
#include "sync/sync_engine.h"

namespace fsdb {

class FileSyncDatabase : public DocumentDatabase {
 public:
  template <typename T>
  using Done = SyncEngine::Done<T>;

  // Returns in milliseconds: the first sync runs on native threads. ":memory:" and "" give a
  // database in a temporary directory, which goes with the handle.
  // kParse: a source's glob or JSON path is wrong. kReadonly: `options` ask for reading only.
  static Result<std::unique_ptr<FileSyncDatabase>> open(const std::string& path,
                                                        const DocumentOptions& options,
                                                        const SyncConfig& config,
                                                        SyncListener listener);
  ~FileSyncDatabase() override;

  // See SyncEngine. After close() every `done` is told kClosed.
  void ready(Done<SharedReport> done);
  void sync(const std::optional<std::string>& type, bool full, Done<SharedReport> done);
  void save(const std::string& type, const std::string& id, const std::string& json,
            Done<StoredDocument> done);
  void remove(const std::string& type, const std::string& id, Done<bool> done);
  SyncStatus status();

  // Ends this handle's events; if it was the last one on the file, ends the sync and answers what
  // waits with kClosed.
  void release() override;

 private:
  FileSyncDatabase(Parts parts, const DatabaseOptions& options, std::string temporary);
  std::shared_ptr<SyncEngine> engine();

  int64_t subscription_ = 0;  // 0: none
  std::string temporary_;     // directory to delete; empty: none
};

}  // namespace fsdb
