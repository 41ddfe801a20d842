// Decides which of the processes that have a database open watches and syncs its folders.
//
// An open file description (OFD) write lock on "<database>-lock": the kernel gives it back when the
// process dies, however it dies. The file holds the leader's process id, for people to read, and is
// never deleted: whoever deletes a lock file makes two leaders.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fsdb {

class LeaderLock {
 public:
  explicit LeaderLock(const std::string& databasePath);

  // Takes the lock if nobody holds it. True if this process leads, now or already. Never waits.
  // kIo, kReadonly: the lock file cannot be opened.
  Result<bool> tryAcquire();

  // The process id that the leader has written; nullopt if it cannot be read.
  std::optional<int64_t> leaderPid() const;

 private:
  bool isSameFile() const;

  const std::string path_;
  UniqueFd fd_;
  bool held_ = false;
};

}  // namespace fsdb
