// Brings the internal schema of a database file up to date.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"

namespace fsdb {

// One step; step n (from 1) leads to user_version n. A step that has been released never changes.
struct Migration {
  std::string_view sql;
};

// Applies the steps that the file lacks, each in a transaction, and notes the program's version in
// _fsdb_meta. Two processes may call it at once: one waits for the other.
// kSchema: the file is newer than this program (nothing was touched), or a step failed.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations,
                     std::string_view programVersion);

// Makes a database file ready for concurrent use: page size (only while the file is empty),
// journal_mode=WAL, created under synchronous=EXTRA so that the directory entry is on the disk
// before the first acknowledged write, then synchronous=FULL.
// Source: https://www.sqlite.org/pragma.html#pragma_synchronous
Result<void> configureDatabase(Connection& connection);

}  // namespace fsdb
