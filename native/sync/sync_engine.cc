#include "sync/sync_engine.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace fsdb {
namespace {

// How often the sources' directories are looked for: one that is deleted, moved or mounted over
// may send no event.
constexpr std::chrono::milliseconds kRootCheck{1000};

// How often a follower tries to lead: a leader that dies is replaced within this time.
constexpr std::chrono::milliseconds kLeaderCheck{250};

// Polling takes at most this part of the time.
constexpr int kPollShare = 50;

Error closedError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "sync: the database was closed";
  return error;
}

}  // namespace

Result<std::unique_ptr<SyncEngine>> SyncEngine::create(const SyncConfig& config,
                                                       const std::string& databasePath,
                                                       std::unique_ptr<Connection> connection,
                                                       Environment environment) {
  std::unique_ptr<SyncEngine> engine(new SyncEngine(config, databasePath, std::move(environment)));
  auto folders = FolderSync::create(config, databasePath, std::move(connection), engine->writer_,
                                    engine->clock_, engine->board_);
  if (!folders) return std::move(folders).error();
  engine->folders_ = std::move(folders).value();
  engine->thread_ = Thread("fsdb-sync", [raw = engine.get()] { raw->work(); });
  return engine;
}

Result<void> SyncEngine::check(const SyncConfig& config, const std::string& databasePath) {
  auto sources = SourceList::create(config.sources, databasePath);
  if (!sources) return std::move(sources).error();
  return {};
}

SyncEngine::SyncEngine(const SyncConfig& config, const std::string& databasePath,
                       Environment environment)
    : config_(config),
      writer_(environment.writer),
      clock_(environment.clock),
      board_(std::move(environment.listener)),
      debouncer_(config_.debounce, config_.maxWait, clock_),
      leaderLock_(databasePath) {}

SyncEngine::~SyncEngine() { close(); }

template <typename T>
void SyncEngine::post(Done<T> done, std::function<Result<T>()> run) {
  {
    MutexLock lock(mutex_);
    if (!closed_) {
      commands_.push_back(
          {[done, run] { done(run()); }, [done](const Error& error) { done(error); }});
      wake_.notifyOne();
      return;
    }
  }
  done(closedError());
}

void SyncEngine::ready(Done<SharedReport> done) {
  SharedReport report;
  {
    MutexLock lock(mutex_);
    if (!closed_ && !firstReport_) {
      waitingForReady_.push_back(std::move(done));
      return;
    }
    report = firstReport_;
  }
  if (report) {
    done(report);
  } else {
    done(closedError());
  }
}

void SyncEngine::sync(const std::optional<std::string>& type, bool full, Done<SharedReport> done) {
  post<SharedReport>(std::move(done), [this, type, full] { return syncNow(type, full); });
}

void SyncEngine::save(const std::string& type, const std::string& id, const std::string& json,
                      Done<StoredDocument> done) {
  post<StoredDocument>(std::move(done),
                       [this, type, id, json] { return folders_->save(type, id, json, closing_); });
}

void SyncEngine::remove(const std::string& type, const std::string& id, Done<bool> done) {
  post<bool>(std::move(done), [this, type, id] { return folders_->remove(type, id, closing_); });
}

SyncStatus SyncEngine::status() {
  SyncStatus status = board_.read();
  status.pending += static_cast<int64_t>(debouncer_.size());
  status.backend = config_.watch == WatchMode::kAuto ? "inotify" : "poll";
  if (const auto watching = watcher()) {
    WatcherStatus watched = watching->status();
    status.backend = watched.backend;
    status.directories = watched.directories;
    status.overflows = watched.overflows;
    for (auto& reason : watched.degraded) status.degraded.push_back(std::move(reason));
  }
  return status;
}

void SyncEngine::close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
    closing_ = true;
    wake_.notifyAll();
  }
  thread_.join();
  // It calls into this object until it has ended.
  std::shared_ptr<Watcher> ending;
  {
    MutexLock lock(mutex_);
    ending = std::move(watcher_);
  }
}

std::vector<SyncEngine::Done<SharedReport>> SyncEngine::closeAndHandOver() {
  std::vector<Done<SharedReport>> waiting;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    waiting = std::exchange(waitingForReady_, {});
  }
  close();
  return waiting;
}

std::shared_ptr<Watcher> SyncEngine::watcher() const {
  MutexLock lock(mutex_);
  return watcher_;
}

void SyncEngine::work() {
  if (config_.watch == WatchMode::kOff) startLeading();
  while (true) {
    if (config_.watch != WatchMode::kOff && clock_.now() >= nextCheck_) checkLeadership();
    if (!waitForWork()) break;
    runCommands();
    if (working_ && config_.watch != WatchMode::kOff) syncDue();
  }
  shutDown();
}

// False: it is time to end.
bool SyncEngine::waitForWork() {
  MutexLock lock(mutex_);
  while (!closing_ && commands_.empty()) {
    const SteadyTime deadline = nextWake();
    if (clock_.now() >= deadline) break;
    clock_.waitUntil(wake_, mutex_, deadline);
  }
  return !closing_;
}

SteadyTime SyncEngine::nextWake() {
  SteadyTime next = clock_.now() + std::chrono::hours(1);
  if (config_.watch == WatchMode::kOff) return next;
  next = std::min(next, nextCheck_);
  if (!working_) return next;
  if (const auto hint = debouncer_.nextDeadline()) next = std::min(next, *hint);
  if (const auto retry = folders_->nextRetry()) next = std::min(next, *retry);
  return next;
}

void SyncEngine::runCommands() {
  while (!closing_) {
    Command command;
    {
      MutexLock lock(mutex_);
      if (commands_.empty()) return;
      command = std::move(commands_.front());
      commands_.pop_front();
    }
    command.run();
  }
}

void SyncEngine::shutDown() {
  std::deque<Command> commands;
  {
    MutexLock lock(mutex_);
    commands = std::exchange(commands_, {});
  }
  for (const auto& command : commands) command.fail(closedError());
  answerReady(closedError());
  folders_->end();
  folders_.reset();
  board_.setState(SyncState::kClosed);
}

// Leads if nobody else does; otherwise notes who does, and whether there has been a first sync.
void SyncEngine::checkLeadership() {
  nextCheck_ = clock_.now() + (working_ ? kRootCheck : kLeaderCheck);
  const auto acquired = leaderLock_.tryAcquire();
  if (working_) {
    (void)folders_->reconcileErrors();  // a database that cannot be read fails the next pass, too
    if (acquired && !*acquired) stopLeading();
    return;
  }
  // Without a lock file there is nobody to follow: lead, and say so.
  if (!acquired) board_.warn(acquired.error());
  if (!acquired || *acquired) {
    startLeading();
    return;
  }
  board_.setLeader(false, leaderLock_.leaderPid());
  board_.setState(SyncState::kFollowing);
  if (const auto recalled = folders_->recallErrors(); !recalled) return;
  const auto generation = folders_->generation();
  if (!generation || *generation == 0) return;
  board_.setGeneration(*generation);
  answerReady(SharedReport(std::make_shared<const SyncReport>()));
}

void SyncEngine::startLeading() {
  working_ = true;
  nextCheck_ = clock_.now() + kRootCheck;
  board_.setLeader(true, ::getpid());
  // What stands there was found by the leader before us. Without it a file that is broken and does
  // not change would have no error here.
  if (const auto recalled = folders_->recallErrors(); !recalled) board_.warn(recalled.error());
  auto watching = createWatcher();
  folders_->start(watching.get(), &debouncer_, watching ? SyncState::kWatching : SyncState::kIdle);
  {
    MutexLock lock(mutex_);
    watcher_ = std::move(watching);
  }
  folders_->refreshRoots();
  const auto outcome = start();
  // A database that refuses the first sync is tried again, and ready() waits for that; but without
  // watching, only when sync() is called.
  if (outcome || config_.watch == WatchMode::kOff) answerReady(outcome);
}

// Somebody has deleted the lock file, and another process leads by a new one.
void SyncEngine::stopLeading() {
  folders_->start(nullptr, nullptr, SyncState::kFollowing);
  std::shared_ptr<Watcher> ending;
  {
    MutexLock lock(mutex_);
    ending = std::move(watcher_);
  }
  working_ = false;
  nextCheck_ = clock_.now();
}

Result<SharedReport> SyncEngine::start() {
  auto outcome = run(SyncReason::kStart, folders_->everythingAtStart());
  started_ = outcome.ok();
  return outcome;
}

std::shared_ptr<Watcher> SyncEngine::createWatcher() {
  const auto sink = [this](size_t source, Hint hint) {
    debouncer_.add(source, std::move(hint));
    MutexLock lock(mutex_);
    wake_.notifyOne();
  };
  switch (config_.watch) {
    case WatchMode::kAuto:
      return createAutoWatcher(sink, clock_, config_.pollInterval);
    case WatchMode::kPoll:
      return createPollWatcher(sink, clock_, config_.pollInterval);
    case WatchMode::kOff:
      break;
  }
  return nullptr;
}

void SyncEngine::syncDue() {
  bool rescan = false;
  std::vector<Look> looks = dueHints(rescan);
  for (auto& look : folders_->retriesDue()) looks.push_back(std::move(look));
  // Directories come and go without an event at times; and one that has gone makes hints about
  // what was in it pointless.
  for (auto& look : folders_->refreshRoots()) looks.push_back(std::move(look));
  if (looks.empty()) return;
  if (!started_) {
    // The database refused the first sync, which is more than the hints that have come since.
    if (const auto outcome = start()) answerReady(outcome);
    return;
  }
  if (rescan) board_.countRescan();
  // Its error, if any, stands in the status, and the looks are due again.
  (void)run(rescan ? SyncReason::kRescan : SyncReason::kWatch, std::move(looks));
}

std::vector<Look> SyncEngine::dueHints(bool& rescan) {
  const auto watching = watcher();
  std::vector<Look> looks;
  for (auto& due : debouncer_.takeDue()) {
    if (due.hint.scope == HintScope::kSubtree) {
      // Moved directories keep their watches: forget them all before any is watched again, or two
      // that changed places would share one.
      if (due.hint.path.empty()) {
        rescan = true;
      } else {
        watching->unwatch(due.source, due.hint.path);
      }
    }
    const Effort effort = due.hint.scope == HintScope::kEntry ? Effort::kRead : Effort::kStat;
    looks.push_back({due.source, std::move(due.hint.path), effort});
  }
  return looks;
}

Result<SharedReport> SyncEngine::run(SyncReason reason, std::vector<Look> looks) {
  looks = withoutCovered(std::move(looks));
  const bool everywhere =
      std::any_of(looks.begin(), looks.end(), [](const Look& look) { return look.path.empty(); });
  auto report = folders_->run(reason, std::move(looks), closing_);
  const auto watching = watcher();
  if (report && everywhere && watching) {
    const auto cost = std::chrono::duration_cast<std::chrono::milliseconds>((*report)->looking);
    watching->setPollInterval(std::max(config_.pollInterval, cost * kPollShare));
  }
  warnOfPolling();
  return report;
}

// Once for each time that the system refuses to watch.
void SyncEngine::warnOfPolling() {
  const auto watching = watcher();
  if (!watching) return;
  const auto reasons = watching->status().degraded;
  if (!reasons.empty() && !hasWarned_) {
    Error warning;
    warning.code = ErrorCode::kLimit;
    warning.message = "watch: ";
    for (const auto& reason : reasons) {
      if (&reason != &reasons.front()) warning.message += "; ";
      warning.message += reason;
    }
    board_.warn(warning);
  }
  hasWarned_ = !reasons.empty();
}

Result<SharedReport> SyncEngine::syncNow(const std::optional<std::string>& type, bool full) {
  if (type && !folders_->sources().find(*type)) {
    Error error;
    error.code = ErrorCode::kParse;
    error.message = "sync: there is no source of type \"" + *type + "\"";
    return error;
  }
  folders_->refreshRoots();
  auto outcome = run(SyncReason::kCall,
                     folders_->sources().everything(type, full ? Effort::kParse : Effort::kStat));
  if (outcome && !type) answerReady(outcome);
  return outcome;
}

void SyncEngine::answerReady(const Result<SharedReport>& outcome) {
  std::vector<Done<SharedReport>> waiting;
  {
    MutexLock lock(mutex_);
    if (outcome && !firstReport_) firstReport_ = *outcome;
    waiting = std::exchange(waitingForReady_, {});
  }
  for (const auto& done : waiting) done(outcome);
}

}  // namespace fsdb
