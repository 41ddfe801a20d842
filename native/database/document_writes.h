// What the handles on a file write to documents: rows go to the writer's thread; of a type that has
// a folder, the file is written first, as by save(), and the row follows it.
//
// Writes to files go one after the other, so that the guard of one sees what became of the one
// before. Writes to rows commit together when they wait together.
//
// Threads: any may call write() and end(). `done` is called on a native thread, or before write()
// returns.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "documents/collection_writer.h"
#include "sqlite/writer.h"
#include "sync/sync_engine.h"

namespace fsdb {

class DocumentWrites {
 public:
  using Done = std::function<void(Result<WriteOutcome>)>;

  // What is to be known of the folders.
  struct Folders {
    std::function<std::shared_ptr<SyncEngine>()> engine;  // the running sync, or null
    // Has the type a folder? Also while one sync is exchanged for another, and there is no engine.
    std::function<bool(const std::string& type)> has;
  };

  // All must outlive this object.
  DocumentWrites(Writer& writer, const Clock& clock, Folders folders);

  // `options` are for rows; what stands in files is written as a sync writes it.
  void write(DocumentWrite write, const JobOptions& options, Done done) EXCLUDES(mutex_);

  // Indexes what full text does not know yet, in slices between other writes, until it is through
  // or end() is called. May be called at any time.
  void fillSearch() EXCLUDES(mutex_);

  // Fails the writes to files that have not begun with kClosed, and all later ones. To be called
  // before the sync ends.
  void end() EXCLUDES(mutex_);

  // Lets go of what belongs to the writer's connection. To be called before the writer closes.
  void release();

 private:
  struct FileWrite {
    DocumentWrite write;
    JobOptions options;
    Done done;
  };

  void writeRow(DocumentWrite write, JobOptions options, Done done);
  void writeFile(FileWrite file) EXCLUDES(mutex_);
  void beginNext() EXCLUDES(mutex_);
  void planFile(const std::shared_ptr<FileWrite>& file);
  void carryOut(const std::shared_ptr<FileWrite>& file, CollectionWriter::Plan plan);
  void finish(const std::shared_ptr<FileWrite>& file, Result<WriteOutcome> outcome)
      EXCLUDES(mutex_);
  Result<CollectionWriter*> rows(Connection& connection);
  bool hasEnded() EXCLUDES(mutex_);

  Writer& writer_;
  const Clock& clock_;
  const Folders folders_;
  std::unique_ptr<CollectionWriter> rows_;  // the writer's thread's

  Mutex mutex_;
  std::deque<FileWrite> files_ GUARDED_BY(mutex_);
  bool busy_ GUARDED_BY(mutex_) = false;  // a write to a file is under way
  bool ended_ GUARDED_BY(mutex_) = false;
};

}  // namespace fsdb
