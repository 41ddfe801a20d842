#include "sync/sync_engine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <filesystem>
#include <thread>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "files/atomic_write.h"
#include "parse/document_writer.h"

namespace fsdb {
namespace {

// How often the sources' directories are looked for: one that is deleted, moved or mounted over
// may send no event.
constexpr std::chrono::milliseconds kRootCheck{1000};

// How often a follower tries to lead: a leader that dies is replaced within this time.
constexpr std::chrono::milliseconds kLeaderCheck{250};

// Looking takes at most this part of the time when polling.
constexpr int kPollShare = 50;

Error errorOf(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

Error closedError() { return errorOf(ErrorCode::kClosed, "sync: the database was closed"); }

size_t threadsFor(const SyncConfig& config) {
  if (config.threads > 0) return static_cast<size_t>(config.threads);
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
}

// The database's own files, if they lie below the source's directory.
std::vector<std::string> databaseFilesBelow(const std::string& directory,
                                            const std::string& databasePath) {
  std::error_code ignored;
  const auto root = std::filesystem::weakly_canonical(directory, ignored);
  const auto relative = std::filesystem::path(databasePath).lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..") return {};
  std::vector<std::string> files;
  for (const char* suffix : {"", "-wal", "-shm", "-journal", "-lock"}) {
    files.push_back(relative.string() + suffix);
  }
  return files;
}

std::vector<FileIdentity> identityOf(const std::string& path) {
  const auto stat = statEntry(AT_FDCWD, path);
  if (!stat) return {};
  return {fileIdentityOf(*stat)};
}

// Without those that another one covers, by source and path.
std::vector<Look> withoutCovered(std::vector<Look> looks) {
  const auto order = [](const Look& a, const Look& b) {
    return std::tie(a.source, a.path) < std::tie(b.source, b.path);
  };
  std::sort(looks.begin(), looks.end(), order);
  std::unordered_set<std::string> paths;
  const auto keyOf = [](size_t source, std::string_view path) {
    return std::to_string(source) + ":" + std::string(path);
  };
  for (const auto& look : looks) paths.insert(keyOf(look.source, look.path));
  const auto isCovered = [&](const Look& look) {
    if (look.path.empty()) return false;
    if (paths.contains(keyOf(look.source, ""))) return true;
    for (size_t slash = look.path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = look.path.rfind('/', slash - 1)) {
      if (paths.contains(keyOf(look.source, std::string_view(look.path).substr(0, slash)))) {
        return true;
      }
    }
    return false;
  };
  std::vector<Look> result;
  for (auto& look : looks) {
    const bool repeated =
        !result.empty() && result.back().source == look.source && result.back().path == look.path;
    if (repeated) {
      result.back().full = result.back().full || look.full;
    } else if (!isCovered(look)) {
      result.push_back(std::move(look));
    }
  }
  return result;
}

bool covers(const Look& look, const std::string& path) {
  return look.path.empty() || path == look.path ||
         (path.size() > look.path.size() && path[look.path.size()] == '/' &&
          path.starts_with(look.path));
}

}  // namespace

Result<std::unique_ptr<SyncEngine>> SyncEngine::create(SyncConfig config,
                                                       const std::string& databasePath,
                                                       std::unique_ptr<Connection> connection,
                                                       Environment environment) {
  std::unique_ptr<SyncEngine> engine(new SyncEngine(std::move(config), databasePath,
                                                    std::move(connection), std::move(environment)));
  FSDB_TRY(engine->prepare());
  engine->thread_ = Thread("fsdb-sync", [raw = engine.get()] { raw->work(); });
  return engine;
}

SyncEngine::SyncEngine(SyncConfig config, const std::string& databasePath,
                       std::unique_ptr<Connection> connection, Environment environment)
    : config_(std::move(config)),
      databasePath_(databasePath),
      environment_(std::move(environment)),
      debouncer_(config_.debounce, config_.maxWait, environment_.clock),
      connection_(std::move(connection)),
      leaderLock_(databasePath) {}

SyncEngine::~SyncEngine() { close(); }

Result<void> SyncEngine::prepare() {
  for (const auto& config : config_.sources) {
    auto source = Source::create(config, databaseFilesBelow(config.directory, databasePath_));
    if (!source) return std::move(source).error();
    sources_.push_back({std::move(source).value(), nullptr, false, identityOf(databasePath_)});
  }
  auto files = FileTable::create(*connection_);
  if (!files) return std::move(files).error();
  files_.emplace(std::move(files).value());
  documents_.emplace(*connection_);
  auto errors = files_->loadErrors();
  if (!errors) return std::move(errors).error();
  for (const auto& error : *errors) {
    if (sourceOf(error.type)) errors_.add(error, environment_.clock.now());
  }
  pool_ = std::make_unique<ThreadPool>("fsdb-read", threadsFor(config_));
  return {};
}

// ── From any thread ─────────────────────────────────────────────────────────────────────────────

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
  post<StoredDocument>(std::move(done), [this, type, id, json] { return saveNow(type, id, json); });
}

void SyncEngine::remove(const std::string& type, const std::string& id, Done<bool> done) {
  post<bool>(std::move(done), [this, type, id] { return removeNow(type, id); });
}

SyncStatus SyncEngine::status() const {
  SyncStatus status;
  std::shared_ptr<Watcher> watcher;
  {
    MutexLock lock(mutex_);
    status.state = state_;
    status.leader = leader_;
    status.leaderPid = leaderPid_;
    status.rescans = rescans_;
    status.generation = generation_;
    status.lastSync = lastReport_;
    status.degraded = degraded_;
    watcher = watcher_;
  }
  status.backend = config_.watch == WatchMode::kPoll ? "poll" : "inotify";
  if (watcher) {
    WatcherStatus watched = watcher->status();
    status.backend = watched.backend;
    status.directories = watched.directories;
    status.overflows = watched.overflows;
    for (auto& reason : watched.degraded) status.degraded.push_back(std::move(reason));
  }
  status.errors = errors_.all();
  for (auto& problem : problems_.all()) status.errors.push_back(std::move(problem));
  std::sort(status.errors.begin(), status.errors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.type, a.filePath) < std::tie(b.type, b.filePath);
  });
  status.pending =
      static_cast<int64_t>(debouncer_.size() + errors_.waiting() + problems_.waiting());
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
  std::shared_ptr<Watcher> watcher;
  {
    MutexLock lock(mutex_);
    watcher = std::move(watcher_);
  }
}

// ── The sync thread ─────────────────────────────────────────────────────────────────────────────

void SyncEngine::work() {
  if (config_.watch == WatchMode::kOff) startLeading();
  while (true) {
    const SteadyTime now = environment_.clock.now();
    if (config_.watch != WatchMode::kOff && now >= nextCheck_) checkLeadership();
    if (!waitForWork()) break;
    runCommands();
    if (working_) syncDue();
  }
  shutDown();
}

// False: it is time to end.
bool SyncEngine::waitForWork() {
  MutexLock lock(mutex_);
  while (!closing_ && commands_.empty()) {
    const SteadyTime deadline = nextWake();
    if (environment_.clock.now() >= deadline) break;
    environment_.clock.waitUntil(wake_, mutex_, deadline);
  }
  return !closing_;
}

SteadyTime SyncEngine::nextWake() const {
  SteadyTime next = environment_.clock.now() + std::chrono::hours(1);
  if (config_.watch == WatchMode::kOff) return next;
  next = std::min(next, nextCheck_);
  if (!working_) return next;
  for (const auto& deadline :
       {debouncer_.nextDeadline(), errors_.nextDeadline(), problems_.nextDeadline()}) {
    if (deadline) next = std::min(next, *deadline);
  }
  if (!failedLooks_.empty()) next = std::min(next, nextFailedLook_);
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
  if (applier_) {
    // Its statements belong to the writer's connection. A writer that has already closed has no
    // connection any more, and no statements on it.
    const auto ended = environment_.writer.run(
        [this](Connection&) -> Result<void> {
          applier_.reset();
          return {};
        },
        Durability::kNormal);
    assert(ended || !applier_);
  }
  scanner_.reset();
  pool_.reset();
  documents_.reset();
  files_.reset();
  connection_.reset();
  setState(SyncState::kClosed);
}

// Leads if nobody else does; otherwise notes who does, and whether there has been a first sync.
void SyncEngine::checkLeadership() {
  nextCheck_ = environment_.clock.now() + (working_ ? kRootCheck : kLeaderCheck);
  if (working_) return;
  const auto acquired = leaderLock_.tryAcquire();
  // Without a lock file there is nobody to follow: lead, and say so.
  if (!acquired && environment_.listener.onWarning)
    environment_.listener.onWarning(acquired.error());
  if (!acquired || *acquired) {
    startLeading();
    return;
  }
  const auto generation = files_->generation();
  {
    MutexLock lock(mutex_);
    leaderPid_ = leaderLock_.leaderPid();
    if (generation) generation_ = *generation;
  }
  setState(SyncState::kFollowing);
  if (generation && *generation > 0) answerReady(SharedReport(std::make_shared<SyncReport>()));
}

void SyncEngine::startLeading() {
  working_ = true;
  {
    MutexLock lock(mutex_);
    leader_ = true;
    leaderPid_ = ::getpid();
  }
  nextCheck_ = environment_.clock.now() + kRootCheck;
  startWatching();
  refreshRoots();
  auto outcome = pass(SyncReason::kStart, everything(std::nullopt, false));
  // A database that refuses the first sync is tried again: ready() waits for that.
  if (outcome) answerReady(outcome);
}

void SyncEngine::startWatching() {
  std::shared_ptr<Watcher> watcher;
  const auto sink = [this](size_t source, Hint hint) {
    debouncer_.add(source, std::move(hint));
    MutexLock lock(mutex_);
    wake_.notifyOne();
  };
  if (config_.watch == WatchMode::kAuto) {
    watcher = createAutoWatcher(sink, environment_.clock, config_.pollInterval);
  } else if (config_.watch == WatchMode::kPoll) {
    watcher = createPollWatcher(sink, environment_.clock, config_.pollInterval);
  }
  scanner_ = std::make_unique<Scanner>(*pool_, watcher.get());
  MutexLock lock(mutex_);
  watcher_ = std::move(watcher);
}

// A process that follows another one syncs when it is asked to, without watching.
void SyncEngine::ensureScanner() {
  if (!scanner_) scanner_ = std::make_unique<Scanner>(*pool_, nullptr);
}

// Opens the sources' directories that have come, or come back. Returns what has to be looked at
// because of it.
std::vector<Look> SyncEngine::refreshRoots() {
  std::vector<Look> looks;
  for (size_t i = 0; i < sources_.size(); i++) {
    SyncSource& source = sources_[i];
    if (source.root && source.root->isCurrent()) continue;
    auto root = RootDirectory::open(source.source.config.directory);
    if (!root && !source.root) continue;
    source.root = root ? std::make_unique<RootDirectory>(std::move(root).value()) : nullptr;
    source.seen = true;
    looks.push_back({i, "", false});
  }
  refreshDegraded();
  return looks;
}

void SyncEngine::syncDue() {
  bool rescan = false;
  std::vector<Look> looks = dueLooks(rescan);
  // Directories come and go without an event at times; and one that has gone makes hints about
  // what was in it pointless.
  for (auto& look : refreshRoots()) looks.push_back(std::move(look));
  if (looks.empty()) return;
  if (rescan) {
    MutexLock lock(mutex_);
    rescans_++;
  }
  // Its error, if any, stands in the status, and the looks are due again.
  (void)pass(rescan ? SyncReason::kRescan : SyncReason::kWatch, withoutCovered(std::move(looks)));
}

std::vector<Look> SyncEngine::dueLooks(bool& rescan) {
  std::shared_ptr<Watcher> watcher;
  {
    MutexLock lock(mutex_);
    watcher = watcher_;
  }
  std::vector<Look> looks;
  for (auto& due : debouncer_.takeDue()) {
    if (due.hint.scope == HintScope::kSubtree) {
      // Moved directories keep their watches: forget them all before any is watched again, or two
      // that changed places would share one.
      if (due.hint.path.empty()) {
        rescan = true;
      } else if (watcher) {
        watcher->unwatch(due.source, due.hint.path);
      }
    }
    looks.push_back({due.source, std::move(due.hint.path), false});
  }
  for (auto* log : {&errors_, &problems_}) {
    for (auto& look : retriesDue(*log)) looks.push_back(std::move(look));
  }
  if (!failedLooks_.empty() && environment_.clock.now() >= nextFailedLook_) {
    for (auto& look : std::exchange(failedLooks_, {})) looks.push_back(std::move(look));
  }
  return looks;
}

std::vector<Look> SyncEngine::retriesDue(ErrorLog& log) {
  std::vector<Look> looks;
  for (auto& [type, path] : log.takeDue(environment_.clock.now())) {
    if (const auto source = sourceOf(type)) looks.push_back({*source, std::move(path), false});
  }
  return looks;
}

Result<SharedReport> SyncEngine::pass(SyncReason reason, std::vector<Look> looks) {
  const SteadyTime begin = environment_.clock.now();
  // A directory that was not there when the process started may be a mount that is late: its
  // documents stay. One that was there has been deleted.
  std::erase_if(looks, [&](const Look& look) {
    return !sources_[look.source].root && !sources_[look.source].seen;
  });
  setState(SyncState::kSyncing);
  auto result = runPass(looks);
  if (!result) {
    Error error = std::move(result).error();
    if (error.code != ErrorCode::kClosed) retryLater(looks, error);
    return error;
  }
  failedPasses_ = 0;
  databaseError_.reset();
  return publish(reason, std::move(result).value(), looks, begin);
}

Result<PassResult> SyncEngine::runPass(const std::vector<Look>& looks) {
  auto generation = files_->generation();
  if (!generation) return std::move(generation).error();
  const SyncPass::Tools tools{*pool_,   *scanner_,          *files_, environment_.writer,
                              applier_, environment_.clock, closing_};
  SyncPass pass(tools, sources_);
  auto result = pass.run(looks, *generation + 1);
  if (!result) return result;
  result->report.generation = *generation + (result->report.changedAnything() ? 1 : 0);
  return result;
}

// Tells everybody what a pass has found.
SharedReport SyncEngine::publish(SyncReason reason, PassResult result,
                                 const std::vector<Look>& looks, SteadyTime begin) {
  result.report.failed = noteVerdicts(result.verdicts);
  noteProblems(result.problems, looks);
  result.report.failed += static_cast<int64_t>(result.problems.size());
  result.report.reason = reason;
  result.report.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(environment_.clock.now() - begin);
  const bool news = result.report.changedAnything() || reason == SyncReason::kStart ||
                    reason == SyncReason::kCall;
  const auto report = std::make_shared<const SyncReport>(std::move(result.report));
  std::shared_ptr<Watcher> watcher;
  {
    MutexLock lock(mutex_);
    generation_ = report->generation;
    if (news) lastReport_ = report;
    watcher = watcher_;
  }
  refreshDegraded();
  const bool everywhere =
      std::any_of(looks.begin(), looks.end(), [](const Look& look) { return look.path.empty(); });
  if (watcher && everywhere) {
    const auto cost = std::chrono::duration_cast<std::chrono::milliseconds>(report->duration);
    watcher->setPollInterval(std::max(config_.pollInterval, cost * kPollShare));
  }
  setState(restingState());
  if (news && environment_.listener.onSync) environment_.listener.onSync(report);
  return report;
}

void SyncEngine::retryLater(const std::vector<Look>& looks, const Error& error) {
  const bool first = !databaseError_ || databaseError_->code != error.code;
  databaseError_ = error;
  failedPasses_++;
  failedLooks_.insert(failedLooks_.end(), looks.begin(), looks.end());
  failedLooks_ = withoutCovered(std::move(failedLooks_));
  nextFailedLook_ = environment_.clock.now() + retryDelay(failedPasses_, 0);
  refreshDegraded();
  setState(SyncState::kDegraded);
  if (first && environment_.listener.onWarning) environment_.listener.onWarning(error);
}

// Returns how many files have failed.
int64_t SyncEngine::noteVerdicts(const std::vector<FileVerdict>& verdicts) {
  std::map<ErrorLog::Key, const FileVerdict*> last;
  for (const auto& verdict : verdicts) last[{verdict.type, verdict.path}] = &verdict;
  int64_t failed = 0;
  for (const auto& [key, verdict] : last) {
    if (!verdict->error) {
      errors_.remove(key);
      continue;
    }
    failed++;
    const bool news = errors_.add(*verdict->error, environment_.clock.now());
    if (news && environment_.listener.onFileError) {
      environment_.listener.onFileError(*verdict->error);
    }
  }
  return failed;
}

void SyncEngine::noteProblems(const std::vector<FileError>& problems,
                              const std::vector<Look>& looks) {
  std::map<ErrorLog::Key, FileError> before;
  for (auto& problem : problems_.all()) {
    const auto source = sourceOf(problem.type);
    const bool looked = std::any_of(looks.begin(), looks.end(), [&](const Look& look) {
      return look.source == source && covers(look, problem.filePath);
    });
    if (!looked) continue;
    ErrorLog::Key key{problem.type, problem.filePath};
    problems_.remove(key);
    before.emplace(std::move(key), std::move(problem));
  }
  for (FileError problem : problems) {
    const auto known = before.find({problem.type, problem.filePath});
    if (known != before.end()) {
      problem.since = known->second.since;
      problem.attempts = known->second.attempts + 1;
    }
    problems_.add(problem, environment_.clock.now());
    const bool news = known == before.end() || known->second.error != problem.error;
    if (news && environment_.listener.onFileError) environment_.listener.onFileError(problem);
  }
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

Result<SharedReport> SyncEngine::syncNow(const std::optional<std::string>& type, bool full) {
  if (type && !sourceOf(*type)) {
    return errorOf(ErrorCode::kParse, "sync: there is no source of type \"" + *type + "\"");
  }
  ensureScanner();
  refreshRoots();
  return pass(SyncReason::kCall, everything(type, full));
}

Result<StoredDocument> SyncEngine::saveNow(const std::string& type, const std::string& id,
                                           const std::string& json) {
  const auto number = sourceOf(type);
  if (!number)
    return errorOf(ErrorCode::kParse, "save: there is no source of type \"" + type + "\"");
  ensureScanner();
  refreshRoots();
  const SyncSource& source = sources_[*number];
  auto path = pathToSave(*number, id);
  if (!path) return std::move(path).error();
  auto bytes = formatDocument(*formatOf(*path), json);
  if (!bytes) return std::move(bytes).error();
  auto names = nameDocument(source.source, *path, json);
  if (!names) return std::move(names).error();
  if (names->id != id) {
    return errorOf(ErrorCode::kConflict,
                   "save: the document's own id is \"" + names->id + "\", not \"" + id + "\"");
  }
  FSDB_TRY(writeFileAtomically(*source.root, *path, *bytes));
  auto report = pass(SyncReason::kSave, {{*number, *path, true}});
  if (!report) return std::move(report).error();
  auto stored = documents_->get(type, id);
  if (!stored) return std::move(stored).error();
  if (*stored && (*stored)->filePath == *path) return std::move(**stored);
  return errorOf(ErrorCode::kConflict, "save: " + *path + " was changed or deleted meanwhile");
}

// The file that a document has, or will have.
Result<std::string> SyncEngine::pathToSave(size_t number, const std::string& id) {
  const SyncSource& source = sources_[number];
  const std::string& type = source.source.config.type;
  if (!source.root) {
    return systemError("save", source.source.config.directory, ENOENT);
  }
  auto existing = documents_->get(type, id);
  if (!existing) return std::move(existing).error();
  if (*existing && (*existing)->filePath) return *(*existing)->filePath;
  const auto path = pathForNewDocument(source.source, id);
  if (path) return *path;
  return errorOf(ErrorCode::kParse,
                 "save: \"" + id + "\" gives no file name that sources." + type + " includes");
}

Result<bool> SyncEngine::removeNow(const std::string& type, const std::string& id) {
  const auto number = sourceOf(type);
  if (!number) {
    return errorOf(ErrorCode::kParse, "remove: there is no source of type \"" + type + "\"");
  }
  ensureScanner();
  refreshRoots();
  auto existing = documents_->get(type, id);
  if (!existing) return std::move(existing).error();
  if (!*existing || !(*existing)->filePath) return false;
  const std::string path = *(*existing)->filePath;
  if (sources_[*number].root) {
    auto removed = removeFile(*sources_[*number].root, path);
    if (!removed) return std::move(removed).error();
  }
  auto report = pass(SyncReason::kSave, {{*number, path, false}});
  if (!report) return std::move(report).error();
  return true;
}

std::optional<size_t> SyncEngine::sourceOf(const std::string& type) const {
  for (size_t i = 0; i < sources_.size(); i++) {
    if (sources_[i].source.config.type == type) return i;
  }
  return std::nullopt;
}

std::vector<Look> SyncEngine::everything(const std::optional<std::string>& type, bool full) const {
  std::vector<Look> looks;
  for (size_t i = 0; i < sources_.size(); i++) {
    if (!type || sources_[i].source.config.type == *type) looks.push_back({i, "", full});
  }
  return looks;
}

// What it does between passes.
SyncState SyncEngine::restingState() const {
  if (config_.watch == WatchMode::kOff) return SyncState::kIdle;
  return working_ ? SyncState::kWatching : SyncState::kFollowing;
}

void SyncEngine::setState(SyncState state) {
  {
    MutexLock lock(mutex_);
    if (state_ == state) return;
    state_ = state;
  }
  if (environment_.listener.onState) environment_.listener.onState(state);
}

// Why things are not as they should be, in words.
void SyncEngine::refreshDegraded() {
  std::vector<std::string> reasons;
  for (const auto& source : sources_) {
    if (!source.root && working_) {
      reasons.push_back("the directory of \"" + source.source.config.type +
                        "\" is missing: " + source.source.config.directory);
    }
  }
  if (databaseError_) {
    reasons.push_back("the database cannot be written: " + databaseError_->message);
  }
  MutexLock lock(mutex_);
  degraded_ = std::move(reasons);
}

}  // namespace fsdb
