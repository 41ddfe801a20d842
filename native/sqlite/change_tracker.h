// Which tables the commits of a connection change, for as long as somebody wants to know: SQLite
// asks for every row then, and cannot empty a table in one go.
//
// One per connection that writes. It must outlive the connection's last statement.
//
// Threads: as the connection, but for want(), which any thread may call.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "sqlite/connection.h"

namespace fsdb {

// One commit.
struct CommitNote {
  // nullopt: not known; something has changed.
  std::optional<std::set<std::string>> tables;
  int64_t lastFrame = 0;  // of the commit, in the log
  int64_t frames = 0;     // that the commit has written, at least
};

class ChangeTracker {
 public:
  explicit ChangeTracker(Connection& connection) : connection_(connection) {}
  ChangeTracker(const ChangeTracker&) = delete;
  ChangeTracker& operator=(const ChangeTracker&) = delete;

  // From the next commit on; what that one changed is not known yet.
  void want(bool wanted) { wanted_ = wanted; }

  // Begins at once, if wanted and no transaction is open. On the connection's thread.
  void begin();

  // What the commit that has just ended changed; nullopt if nobody wants to know. For the
  // connection's log hook.
  std::optional<CommitNote> takeCommit(int64_t lastFrame);

 private:
  static void onChange(void* self, sqlite3* handle, int op, const char* database, const char* table,
                       long long oldRowid, long long newRowid);
  static void onRollback(void* self);
  int64_t framesWritten() const;
  void set(bool tracking);

  Connection& connection_;
  std::atomic<bool> wanted_ = false;
  bool tracking_ = false;
  int64_t written_ = 0;  // pages, when the last commit ended
  std::set<std::string> tables_;
};

}  // namespace fsdb
