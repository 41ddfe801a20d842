#include "database/change_hub.h"

#include <algorithm>
#include <utility>

namespace fsdb {
namespace {

// A commit can be seen a moment before its connection notes it.
constexpr std::chrono::milliseconds kLateNote{5};

}  // namespace

ChangeHub::ChangeHub(Connect connect, const Clock& clock)
    : connect_(std::move(connect)), clock_(clock) {}

void ChangeHub::add(const std::shared_ptr<ChangeTracker>& tracker) {
  MutexLock lock(mutex_);
  std::erase_if(trackers_, [](const auto& each) { return each.expired(); });
  trackers_.push_back(tracker);
  tracker->want(!listeners_.empty());
}

void ChangeHub::wantAll(bool wanted) {
  for (const auto& each : trackers_) {
    if (const auto tracker = each.lock()) tracker->want(wanted);
  }
}

Result<int64_t> ChangeHub::subscribe(Listener listener) {
  auto connection = connect_();
  if (!connection) return std::move(connection).error();
  auto position = positionOf(**connection);
  if (!position) return std::move(position).error();
  MutexLock lock(mutex_);
  const int64_t number = nextNumber_++;
  listeners_.emplace(number, std::make_shared<const Listener>(std::move(listener)));
  wantAll(true);
  if (running_ || closed_) return number;
  running_ = true;
  const auto watch = std::make_shared<Watch>();
  watch->connection = std::move(connection).value();
  watch->position = *position;
  // A former thread has ended but for its last instructions.
  thread_ = Thread("fsdb-changes", [this, watch] { work(*watch); });
  return number;
}

void ChangeHub::unsubscribe(int64_t number) {
  MutexLock lock(mutex_);
  listeners_.erase(number);
  if (!listeners_.empty()) return;
  wantAll(false);
  wake_.notifyAll();
}

void ChangeHub::note(CommitNote commit) {
  MutexLock lock(mutex_);
  if (!running_) return;
  commits_.push_back(std::move(commit));
  wake_.notifyAll();
}

void ChangeHub::close() {
  Thread ending;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    ending = std::move(thread_);
    wake_.notifyAll();
  }
  ending.join();
}

void ChangeHub::work(Watch& watch) {
  std::deque<CommitNote> commits;
  while (waitForCommits(commits)) {
    auto now = positionOf(*watch.connection);
    // Later, then: the position stays where it was.
    if (!now) continue;
    if (commits.empty() && now->version == watch.position.version) continue;
    if (commits.empty()) {
      waitForLateNotes(commits);
      if (auto later = positionOf(*watch.connection)) now = std::move(later);
    }
    const ChangeNotice notice = compare(watch.position, *now, commits);
    watch.position = *now;
    commits.clear();
    tell(notice);
  }
  watch.connection.reset();
}

// False: the thread is to end.
bool ChangeHub::waitForCommits(std::deque<CommitNote>& commits) {
  MutexLock lock(mutex_);
  const auto deadline = clock_.now() + kLook;
  while (!closed_ && !listeners_.empty() && commits_.empty() && clock_.now() < deadline) {
    clock_.waitUntil(wake_, mutex_, deadline);
  }
  for (auto& commit : std::exchange(commits_, {})) commits.push_back(std::move(commit));
  running_ = !closed_ && !listeners_.empty();
  return running_;
}

void ChangeHub::waitForLateNotes(std::deque<CommitNote>& commits) {
  MutexLock lock(mutex_);
  const auto deadline = clock_.now() + kLateNote;
  while (!closed_ && commits_.empty() && clock_.now() < deadline) {
    clock_.waitUntil(wake_, mutex_, deadline);
  }
  commits = std::exchange(commits_, {});
}

void ChangeHub::tell(const ChangeNotice& notice) {
  if (!notice.byOthers && notice.tables && notice.tables->empty()) return;
  std::map<int64_t, std::shared_ptr<const Listener>> listeners;
  {
    MutexLock lock(mutex_);
    listeners = listeners_;
  }
  for (const auto& [number, listener] : listeners) (*listener)(notice);
}

// The version first: a commit that comes in between is then noticed once more, not overlooked.
Result<ChangeHub::Position> ChangeHub::positionOf(Connection& connection) {
  auto version = connection.queryInteger("PRAGMA data_version");
  if (!version) return std::move(version).error();
  // Copies nothing; its second column is the number of frames in the log.
  // Source: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
  auto log = connection.prepare("PRAGMA wal_checkpoint(NOOP)");
  if (!log) return std::move(log).error();
  auto row = log->step();
  if (!row) return std::move(row).error();
  return Position{*version, *row ? log->integer(1) : -1};
}

// If the commits of this process follow upon each other in the log, there is none of others between
// them.
ChangeNotice ChangeHub::compare(Position before, Position now, std::deque<CommitNote> commits) {
  // They are noted after the lock is released, and so not always in order.
  std::sort(commits.begin(), commits.end(), [](const CommitNote& one, const CommitNote& other) {
    return one.lastFrame < other.lastFrame;
  });
  ChangeNotice notice;
  notice.tables.emplace();
  int64_t frame = before.frame;
  for (const auto& commit : commits) {
    if (commit.frames == 0 || commit.lastFrame - commit.frames != frame) notice.byOthers = true;
    frame = commit.lastFrame;
    if (!commit.tables) {
      notice.tables.reset();
    } else if (notice.tables) {
      notice.tables->insert(commit.tables->begin(), commit.tables->end());
    }
  }
  if (now.frame != frame || commits.empty()) notice.byOthers = true;
  if (notice.byOthers) notice.tables.reset();
  return notice;
}

}  // namespace fsdb
