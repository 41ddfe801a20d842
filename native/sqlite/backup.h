// Copies a database to a file, a few pages at a time: the state of one moment, and all or nothing.
//
// The copy grows in a temporary file beside its destination, which it replaces when it is complete
// and on the disk.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "sqlite/connection.h"

struct sqlite3_backup;

namespace fsdb {

class Backup {
 public:
  struct Progress {
    int64_t totalPages = 0;
    int64_t remainingPages = 0;
  };

  // `source` is a connection of the backup's own: it stays at the moment of this call.
  // kIo, kReadonly, kFull as reported. kConflict: the destination is the source, or a database that
  // is in use, or was not closed: it has a log or a journal.
  static Result<std::unique_ptr<Backup>> start(std::unique_ptr<Connection> source,
                                               const std::string& destination);
  // Removes the temporary file if finish() has not been reached.
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  const Progress& progress() const { return progress_; }

  // Copies at most `pages` pages.
  Result<void> step(int pages);

  // Puts the copy in its place, once no page remains. Returns its size in bytes.
  Result<int64_t> finish();

 private:
  struct EndBackup {
    void operator()(sqlite3_backup* backup) const;
  };
  Backup(std::unique_ptr<Connection> source, std::string destination);
  Result<void> open();
  Error failed(int code) const;

  const std::string destination_;
  const std::string temporary_;
  bool created_ = false;  // there is a temporary file
  std::unique_ptr<Connection> source_;
  std::unique_ptr<Connection> target_;
  std::unique_ptr<sqlite3_backup, EndBackup> backup_;  // ends before its connections
  Progress progress_;
};

}  // namespace fsdb
