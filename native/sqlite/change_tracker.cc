#include "sqlite/change_tracker.h"

#include <sqlite3.h>

#include <type_traits>
#include <utility>

namespace fsdb {

static_assert(std::is_same_v<sqlite3_int64, long long>);

// A hook of a commit may set hooks: they count from the next statement on.
std::optional<CommitNote> ChangeTracker::takeCommit(int64_t lastFrame) {
  const bool wanted = wanted_;
  const bool tracked = tracking_;
  auto tables = std::exchange(tables_, {});
  if (wanted != tracked) set(wanted);
  const int64_t before = written_;
  if (wanted) written_ = framesWritten();
  if (!wanted) return std::nullopt;
  CommitNote note;
  note.lastFrame = lastFrame;
  note.frames = tracked ? written_ - before : 0;
  // Changes of the schema tell of no row.
  if (tracked && !tables.empty()) note.tables = std::move(tables);
  return note;
}

void ChangeTracker::begin() {
  if (!wanted_ || tracking_ || connection_.inTransaction()) return;
  set(true);
  written_ = framesWritten();
}

void ChangeTracker::set(bool tracking) {
  tracking_ = tracking;
  tables_.clear();
  sqlite3* handle = connection_.handle();
  sqlite3_preupdate_hook(handle, tracking ? &ChangeTracker::onChange : nullptr, this);
  sqlite3_rollback_hook(handle, tracking ? &ChangeTracker::onRollback : nullptr, this);
}

void ChangeTracker::onChange(void* self, sqlite3*, int, const char*, const char* table, long long,
                             long long) {
  auto& tables = static_cast<ChangeTracker*>(self)->tables_;
  if (!tables.contains(table)) tables.emplace(table);
}

void ChangeTracker::onRollback(void* self) { static_cast<ChangeTracker*>(self)->tables_.clear(); }

int64_t ChangeTracker::framesWritten() const {
  int current = 0;
  int highest = 0;
  sqlite3_db_status(connection_.handle(), SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 0);
  return current;
}

}  // namespace fsdb
