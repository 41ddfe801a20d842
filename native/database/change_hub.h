// Tells who listens which tables the commits on a file have changed: those of this process, by what
// their connections note, and, without knowing the tables, those of other processes, by looking.
//
// In doubt it tells of a change by others: listeners look again then, and find nothing new.
//
// Threads: any. Listeners are called on the hub's thread, which is there while somebody listens.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "sqlite/change_tracker.h"

namespace fsdb {

// What has been committed since the last one.
struct ChangeNotice {
  bool byOthers = false;  // another process, perhaps
  // nullopt: not known.
  std::optional<std::set<std::string>> tables;
};

class ChangeHub {
 public:
  using Connect = std::function<Result<std::unique_ptr<Connection>>()>;
  using Listener = std::function<void(const ChangeNotice&)>;

  // How often other processes are looked for: 10 microseconds of work each time.
  static constexpr std::chrono::milliseconds kLook{100};

  // `clock` must outlive this object.
  ChangeHub(Connect connect, const Clock& clock);
  ~ChangeHub() { close(); }
  ChangeHub(const ChangeHub&) = delete;
  ChangeHub& operator=(const ChangeHub&) = delete;

  // A tracker of a connection of this process; it is told whether anybody wants to know.
  void add(const std::shared_ptr<ChangeTracker>& tracker) EXCLUDES(mutex_);

  // What is committed from now on is told. The number is for unsubscribe(), after which a call that
  // is under way may still arrive. Errors as the connection is opened with.
  Result<int64_t> subscribe(Listener listener) EXCLUDES(mutex_);
  void unsubscribe(int64_t number) EXCLUDES(mutex_);

  // A commit of this process has ended.
  void note(CommitNote commit) EXCLUDES(mutex_);

  void close() EXCLUDES(mutex_);

 private:
  // Where the file stood at the last look.
  struct Position {
    int64_t version = 0;  // changes with every commit of another connection
    int64_t frame = -1;   // of the log's end; -1: not known
  };

  // What the hub's thread has for itself.
  struct Watch {
    std::unique_ptr<Connection> connection;
    Position position;
  };

  void work(Watch& watch) EXCLUDES(mutex_);
  bool waitForCommits(std::deque<CommitNote>& commits) EXCLUDES(mutex_);
  void waitForLateNotes(std::deque<CommitNote>& commits) EXCLUDES(mutex_);
  void tell(const ChangeNotice& notice) EXCLUDES(mutex_);
  void wantAll(bool wanted) REQUIRES(mutex_);
  static Result<Position> positionOf(Connection& connection);
  static ChangeNotice compare(Position before, Position now, std::deque<CommitNote> commits);

  const Connect connect_;
  const Clock& clock_;
  Mutex mutex_;
  ConditionVariable wake_;
  std::vector<std::weak_ptr<ChangeTracker>> trackers_ GUARDED_BY(mutex_);
  std::map<int64_t, std::shared_ptr<const Listener>> listeners_ GUARDED_BY(mutex_);
  std::deque<CommitNote> commits_ GUARDED_BY(mutex_);
  int64_t nextNumber_ GUARDED_BY(mutex_) = 1;
  bool closed_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace fsdb
