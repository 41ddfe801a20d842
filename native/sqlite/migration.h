// Brings the internal schema of a database file up to date.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"
#include "sqlite/file_guard.h"

namespace fsdb {

// One step; step n (from 1) leads to user_version n. A step that has been released never changes.
struct Migration {
  std::string_view sql;
};

// Applies the steps that the file lacks, each in a transaction, and notes the program's version in
// _fsdb_meta. Two processes may call it at once: one waits for the other.
// kSchema: the file is newer than this program (nothing was touched), or a step is wrong for it;
// kBusy, kFull, kIo and so on: the step may succeed later. A failed step leaves nothing behind, the
// steps before it stay.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations,
                     std::string_view programVersion);

// Makes a database file ready for concurrent use: page size (only while the file is empty),
// journal_mode=WAL, created under synchronous=EXTRA so that the directory entry is on the disk
// before the first acknowledged write, then synchronous=FULL. Any number of processes may do it at
// once.
//
// `guard`, the one that this process has on the file, is locked from then on.
// kBusy: another connection kept the file for longer than the busy timeout. kIo: no WAL is possible
// there. In-memory databases are left as they are.
// Source: https://www.sqlite.org/pragma.html#pragma_synchronous
Result<void> configureDatabase(Connection& connection, FileGuard* guard = nullptr);

// The page size of new files: documents are a few hundred bytes to a few kilobytes, and a row that
// does not fit a quarter of its page spills into an overflow page.
inline constexpr int kPageSize = 8192;

}  // namespace fsdb
