// One sync, from a list of places to look at to a report: scan, compare, read, parse, write.
//
// Threads: run() belongs to the sync thread; it waits for the pool and the writer.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "files/debouncer.h"
#include "files/scanner.h"
#include "files/watcher.h"
#include "sqlite/writer.h"
#include "sync/change_applier.h"
#include "sync/change_writer.h"
#include "sync/file_table.h"
#include "sync/look.h"
#include "sync/source_list.h"
#include "sync/status_board.h"

namespace fsdb {

// What a pass has found out, whether or not it changed anything.
struct PassResult {
  SyncReport report;                  // all but generation and duration
  std::vector<FileVerdict> verdicts;  // of files, in order; of one file, the last one counts
  std::vector<FileError> problems;    // of what the scan could not see; in no table
  // Sources in which a file got another name: until the next scan, a change of it is seen under
  // that name only.
  std::vector<size_t> shared;

  // Takes in what a later pass over the same places has found.
  void merge(PassResult later);
};

class SyncPass {
 public:
  struct Tools {
    ThreadPool& pool;
    Scanner& scanner;
    FileTable& files;  // on the sync thread's own connection
    Writer& writer;
    std::unique_ptr<ChangeApplier>& applier;  // the writer thread's, created by the first job
    const Clock& clock;
    StatusBoard& board;
    const std::atomic<bool>& cancelled;
    Watcher* watcher = nullptr;  // null: nothing is watched
    Debouncer* hints = nullptr;  // what waits to be looked at; null: believe what is seen
  };
  // `generation` is stored with the rows if there are any. With `isFirst`, the first look at all
  // sources, it is a bulk load: there is no index of names to keep while it runs, and `generation`
  // is stored at its end, so that a first load that was interrupted is a first load again.
  SyncPass(const Tools& tools, const SourceList& sources, int64_t generation, bool isFirst);
  ~SyncPass();

  // Looks at all of `looks`, which do not overlap, and makes the database equal to what is there.
  // Up to ChangeWriter::kAtomic changes become visible at once; more do in slices.
  // Errors are the database's: what had been committed stays, and the rest is as it was. kClosed:
  // it was cancelled. Once per object.
  Result<PassResult> run(const std::vector<Look>& looks);

  // A directory that could not be read is looked at again after this time.
  static constexpr std::chrono::seconds kProblemRetry{5};

 private:
  Result<void> syncSource(size_t number, const std::vector<Look>& looks);
  void deferMoved(size_t number, SyncPlan& plan) const;
  void settle() const;
  bool isChanging(const std::string& type, const std::string& path) const;
  Result<void> gather(size_t number, const Look& look, SyncPlan& plan);
  ScanResult scan(size_t number, const std::string& path);
  void addProblems(size_t number, const std::vector<ScanProblem>& problems);
  Result<void> loadAll(const SyncSource& source, std::vector<FileToRead> files,
                       MissingFiles& missing);
  Result<void> consume(std::vector<FileChange> changes, MissingFiles& missing);
  Result<void> removeRest(const std::string& type, MissingFiles& missing);
  Result<void> lookAgain();

  Tools tools_;
  const SourceList& sources_;
  const bool isFirst_;  // nothing has been synced to this database before
  const std::shared_ptr<ApplyContext> context_;
  PassResult result_;
  ChangeWriter changes_;
};

}  // namespace fsdb
