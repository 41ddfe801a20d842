// The sources and the database, and what makes the one equal to the other: one pass at a time, and
// what a refused pass leaves to be done.
//
// Threads: the sync thread, but for the constructor.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "documents/document_reader.h"
#include "files/debouncer.h"
#include "files/scanner.h"
#include "files/watcher.h"
#include "sqlite/connection.h"
#include "sqlite/writer.h"
#include "sync/file_table.h"
#include "sync/look.h"
#include "sync/source.h"
#include "sync/source_list.h"
#include "sync/status_board.h"
#include "sync/sync_pass.h"

namespace fsdb {

class FolderSync {
 public:
  // `connection` is for reading. The references must outlive this object.
  // kParse: a glob or a path in `config` is wrong.
  static Result<std::unique_ptr<FolderSync>> create(const SyncConfig& config,
                                                    const std::string& databasePath,
                                                    std::unique_ptr<Connection> connection,
                                                    Writer& writer, const Clock& clock,
                                                    StatusBoard& board);
  // After end().
  ~FolderSync();

  // Watches from now on what it looks at; null: nothing. The watcher and its hints must outlive
  // this object. `resting` is the state between passes; before this call it is kFollowing.
  void start(Watcher* watcher, Debouncer* hints, SyncState resting);

  // Takes over the errors of files that another process has found, or this one at an earlier time.
  Result<void> recallErrors();

  // The same for whoever leads: a process that follows syncs when it is asked to, and what it finds
  // wrong stands in the database only.
  Result<void> reconcileErrors();

  // Looks at `looks`, makes the database equal to what is there, and tells the board. `cancelled`
  // ends it with kClosed. What the database refuses is due again later: see refusedDue().
  Result<SharedReport> run(SyncReason reason, std::vector<Look> looks,
                           const std::atomic<bool>& cancelled);

  // Opens the sources' directories that have come, gone, or come back. Returns what has to be
  // looked at because of it.
  std::vector<Look> refreshRoots();

  // All sources, and all of the files of those whose options have changed since they were synced.
  std::vector<Look> everythingAtStart();

  const SourceList& sources() const { return sources_; }

  // Files that could not be read, passes that the database refused, and sources in which files got
  // further names, whose time has come.
  std::vector<Look> retriesDue();
  std::optional<SteadyTime> nextRetry() const;

  // See SyncEngine.
  Result<StoredDocument> save(const std::string& type, const std::string& id,
                              const std::string& json, const std::atomic<bool>& cancelled);
  Result<bool> remove(const std::string& type, const std::string& id,
                      const std::atomic<bool>& cancelled);

  Result<int64_t> generation() { return files_->generation(); }

  // Gives back what belongs to the writer's thread.
  void end();

 private:
  FolderSync(size_t threads, SourceList sources, std::unique_ptr<Connection> connection,
             Writer& writer, const Clock& clock, StatusBoard& board);
  Result<void> prepare();
  Result<PassResult> pass(SyncReason reason, const std::vector<Look>& looks,
                          const std::atomic<bool>& cancelled);
  Result<PassResult> passUntilQuiet(SyncReason reason, const std::vector<Look>& looks,
                                    const std::atomic<bool>& cancelled);
  std::vector<Look> writtenBy(const PassResult& result) const;
  SharedReport publish(SyncReason reason, PassResult result, const std::vector<Look>& looks,
                       SteadyTime begin);
  void refuse(const std::vector<Look>& looks, const Error& error);
  void reportDegraded();
  Result<void> storeFingerprints(const std::vector<Look>& looks);
  Result<size_t> requireSource(const char* operation, const std::string& type);
  Result<std::string> pathToSave(size_t number, const std::string& id);

  SourceList sources_;
  Writer& writer_;
  const Clock& clock_;
  StatusBoard& board_;
  Watcher* watcher_ = nullptr;
  Debouncer* hints_ = nullptr;
  std::unique_ptr<Connection> connection_;
  std::optional<FileTable> files_;
  int64_t dataVersion_ = 0;  // of the database, when the errors in it were last looked at
  std::optional<DocumentReader> documents_;
  std::unique_ptr<ChangeApplier> applier_;  // the writer thread's; ended by a job of its own
  std::vector<Look> refused_;               // by the database
  int64_t refusals_ = 0;                    // in a row
  SteadyTime nextRefused_{};                // when refused_ are due
  std::vector<Look> shared_;                // whole sources, to find all names of their files
  SteadyTime nextShared_{};                 // when shared_ are due
  std::optional<Error> databaseError_;
  ThreadPool pool_;
  std::unique_ptr<Scanner> scanner_;
  SyncState resting_ = SyncState::kFollowing;
};

}  // namespace fsdb
