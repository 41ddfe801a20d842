#include "database/core.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "sqlite/migration.h"

namespace fsdb {
namespace {

// The cores of this process, by canonical path. An entry whose core has ended stands until the
// core's destructor is through, so that nobody opens a file that is still being closed.
struct CoreTable {
  Mutex mutex;
  ConditionVariable ended;
  std::map<std::string, std::weak_ptr<Core>> cores GUARDED_BY(mutex);
};

// The writer: a page cache that holds the upper levels of the trees, and what SQLite needs to plan.
constexpr const char* kWriterPragmas = "PRAGMA cache_size = -16384;";
constexpr const char* kHandlePragmas = "PRAGMA cache_size = -16000;";

// How often a connection that waits for the write lock tries again.
constexpr std::chrono::microseconds kLockPoll{500};

// Never destroyed: cores may end after static destructors have begun, when a process exits.
CoreTable& coreTable() {
  static auto* const table = new CoreTable;
  return *table;
}

// The same for every way to name a file, whether or not it exists already.
Result<std::string> canonicalPath(const std::string& path) {
  std::error_code failed;
  const auto canonical = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
  if (failed) return systemError("open", path, failed.value());
  return canonical.string();
}

}  // namespace

Result<std::shared_ptr<Core>> Core::acquire(const std::string& path, bool readonly,
                                            bool mayCreate) {
  auto canonical = canonicalPath(path);
  if (!canonical) return std::move(canonical).error();
  CoreTable& table = coreTable();
  MutexLock lock(table.mutex);
  while (true) {
    const auto found = table.cores.find(*canonical);
    if (found == table.cores.end()) break;
    if (auto core = found->second.lock()) return core;
    table.ended.wait(table.mutex);
  }
  // Opening under the lock is what keeps a second handle from opening the same file beside us.
  std::unique_ptr<Core> core(new Core(*canonical));
  FSDB_TRY(core->open(readonly, mayCreate));
  std::shared_ptr<Core> shared(core.release(), [](Core* ending) {
    const std::string key = ending->path();
    delete ending;
    CoreTable& cores = coreTable();
    MutexLock ended(cores.mutex);
    cores.cores.erase(key);
    cores.ended.notifyAll();
  });
  table.cores.insert_or_assign(*canonical, shared);
  return shared;
}

Core::Core(std::string path)
    : path_(std::move(path)),
      changes_(
          [this] {
            ConnectionOptions reading;
            reading.readonly = true;
            reading.fileMustExist = true;
            return Connection::open(path_, reading);
          },
          clock_) {}

Result<void> Core::open(bool readonly, bool mayCreate) {
  const auto missing =
      mayCreate && !readonly ? FileGuard::Missing::kCreate : FileGuard::Missing::kFail;
  auto guard = FileGuard::acquire(path_, missing);
  if (!guard) return std::move(guard).error();
  guard_.emplace(std::move(guard).value());
  if (readonly) return {};
  auto writer = this->writer();
  if (!writer) return std::move(writer).error();
  return {};
}

Core::~Core() {
  std::shared_ptr<SyncEngine> engine;
  std::unique_ptr<Writer> writer;
  std::shared_ptr<Checkpointer> checkpointer;
  std::unique_ptr<DocumentWrites> documentWrites;
  std::shared_ptr<QueryPool> queries;
  {
    MutexLock lock(mutex_);
    engine = std::move(engine_);
    writer = std::move(writer_);
    checkpointer = std::move(checkpointer_);
    documentWrites = std::move(documentWrites_);
    queries = std::move(queries_);
  }
  changes_.close();
  if (queries) queries->close();
  if (documentWrites) documentWrites->end();
  if (engine) engine->close();
  engine.reset();
  if (documentWrites) documentWrites->release();
  // SQLite removes the log when the last connection closes, unless it sees our lock.
  if (guard_) guard_->release();
  // Before the writer, whose connection is the last: closing it copies and removes the log.
  checkpointer.reset();
  if (writer) writer->close();
}

Result<std::unique_ptr<Connection>> Core::connectForWriting() {
  auto connection = Connection::open(path_);
  if (!connection) return connection;
  FSDB_TRY(configureDatabase(**connection, &*guard_));
  FSDB_TRY((*connection)->exec(kWriterPragmas));
  writerTracker_ = track(**connection);
  return connection;
}

// The tracker lives as long as the hook, and that as the connection.
std::shared_ptr<ChangeTracker> Core::track(Connection& connection) {
  auto tracker = std::make_shared<ChangeTracker>(connection);
  changes_.add(tracker);
  connection.setLogHook([this, tracker](int64_t frames) {
    noteLog(frames);
    if (auto commit = tracker->takeCommit(frames)) changes_.note(std::move(*commit));
  });
  return tracker;
}

Result<int64_t> Core::watch(ChangeHub::Listener listener) {
  auto number = changes_.subscribe(std::move(listener));
  Writer* writer = nullptr;
  std::shared_ptr<ChangeTracker> tracker;
  {
    MutexLock lock(mutex_);
    writer = writer_.get();
    tracker = writerTracker_;
  }
  if (!number || writer == nullptr) return number;
  JobOptions outside;
  outside.outside = true;
  writer->submit(
      [tracker](Connection&) -> Result<void> {
        tracker->begin();
        return {};
      },
      {}, outside);
  return number;
}

void Core::unwatch(int64_t number) { changes_.unsubscribe(number); }

void Core::noteLog(int64_t frames) {
  std::shared_ptr<Checkpointer> checkpointer;
  {
    MutexLock lock(mutex_);
    checkpointer = checkpointer_;
  }
  if (checkpointer) checkpointer->noteLog(frames);
}

Result<std::unique_ptr<Connection>> Core::connect(const ConnectionOptions& options,
                                                  std::shared_ptr<ChangeTracker>* tracker) {
  auto connection = Connection::open(path_, options);
  if (!connection) return connection;
  FSDB_TRY((*connection)->exec(kHandlePragmas));
  // While this connection waits for the write lock, the writer stands back between its slices.
  (*connection)
      ->setBusyHandler([this, limit = options.busyTimeout](std::chrono::microseconds waited) {
        lastWait_ = clock_.now();
        return waited < limit ? kLockPoll : std::chrono::microseconds(0);
      });
  auto tracked = track(**connection);
  if (tracker != nullptr) *tracker = std::move(tracked);
  return connection;
}

std::shared_ptr<QueryPool> Core::queries() {
  MutexLock lock(mutex_);
  if (!queries_) {
    const auto connect = [path = path_] { return QueryConnection::open(path, {}); };
    queries_ = std::make_shared<QueryPool>(connect, clock_);
  }
  return queries_;
}

bool Core::isAwaited() const { return clock_.now() - lastWait_.load() < 4 * kLockPoll; }

Result<Writer*> Core::writer() {
  MutexLock lock(mutex_);
  if (!writer_) {
    auto connection = connectForWriting();
    if (!connection) return std::move(connection).error();
    auto checkpointing = Connection::open(path_);
    if (!checkpointing) return std::move(checkpointing).error();
    checkpointer_ = std::make_shared<Checkpointer>(std::move(checkpointing).value(), clock_);
    writer_ = std::make_unique<Writer>(std::move(connection).value(), clock_,
                                       [this] { return isAwaited(); });
  }
  return writer_.get();
}

Result<int64_t> Core::subscribe(const SyncConfig& config, SyncListener listener) {
  MutexLock exchanging(engineMutex_);
  int64_t number = 0;
  std::shared_ptr<SyncEngine> running;
  {
    MutexLock lock(mutex_);
    number = nextNumber_++;
    listeners_.emplace(number, std::make_shared<const SyncListener>(std::move(listener)));
    running = engine_;
  }
  if (running && running->config() == config) return number;
  Result<void> started = SyncEngine::check(config, path_);
  if (started && running) {
    Error warning;
    warning.code = ErrorCode::kConflict;
    warning.message = "open: " + path_ +
                      " is open in this process with other sync options; the newest count from now "
                      "on, for all of its handles";
    fanOut().onWarning(warning);
  }
  if (started) started = exchangeEngine(std::move(running), config);
  if (started) return number;
  MutexLock lock(mutex_);
  listeners_.erase(number);
  return started.error();
}

// Whoever waits for the first sync of the old engine waits for that of the new one.
Result<void> Core::exchangeEngine(std::shared_ptr<SyncEngine> running, const SyncConfig& config) {
  {
    MutexLock lock(mutex_);
    types_.clear();
    for (const auto& source : config.sources) types_.insert(source.type);
  }
  std::vector<SyncEngine::Done<SharedReport>> waiting;
  if (running) waiting = running->closeAndHandOver();
  {
    MutexLock lock(mutex_);
    engine_.reset();
  }
  // With the engine goes the leader's lock, which the new one needs.
  running.reset();
  Result<void> started = startEngine(config);
  const auto engine = this->engine();
  for (auto& done : waiting) {
    if (engine) {
      engine->ready(std::move(done));
    } else {
      done(started.error());
    }
  }
  return started;
}

void Core::unsubscribe(int64_t number) {
  MutexLock exchanging(engineMutex_);
  std::shared_ptr<SyncEngine> last;
  {
    MutexLock lock(mutex_);
    listeners_.erase(number);
    if (listeners_.empty()) {
      last = std::move(engine_);
      types_.clear();
    }
  }
  if (last) last->close();
}

std::shared_ptr<SyncEngine> Core::engine() {
  MutexLock lock(mutex_);
  return engine_;
}

Result<DocumentWrites*> Core::documentWrites() {
  auto writer = this->writer();
  if (!writer) return std::move(writer).error();
  MutexLock lock(mutex_);
  if (!documentWrites_) {
    documentWrites_ = std::make_unique<DocumentWrites>(**writer, clock_, folders());
  }
  return documentWrites_.get();
}

void Core::writeDocument(DocumentWrite write, const JobOptions& options,
                         DocumentWrites::Done done) {
  auto writes = documentWrites();
  if (!writes) return done(std::move(writes).error());
  (*writes)->write(std::move(write), options, std::move(done));
}

void Core::fillSearch() {
  auto writes = documentWrites();
  if (!writes) return;
  const auto engine = this->engine();
  if (!engine) return (*writes)->fillSearch();
  // A first sync would take three times as long. A sync that is closed answers, too; the core ends
  // its syncs before it ends the writes.
  engine->ready([writes = *writes](const Result<SharedReport>&) { writes->fillSearch(); });
}

DocumentWrites::Folders Core::folders() {
  return {[this] { return engine(); },
          [this](const std::string& type) {
            MutexLock lock(mutex_);
            return types_.contains(type);
          }};
}

Result<void> Core::startEngine(const SyncConfig& config) {
  auto writer = this->writer();
  if (!writer) return std::move(writer).error();
  ConnectionOptions reading;
  reading.readonly = true;
  reading.fileMustExist = true;
  auto connection = Connection::open(path_, reading);
  if (!connection) return std::move(connection).error();
  FSDB_TRY((*connection)->exec(kHandlePragmas));
  auto engine = SyncEngine::create(config, path_, std::move(connection).value(),
                                   {**writer, clock_, fanOut()});
  if (!engine) return std::move(engine).error();
  MutexLock lock(mutex_);
  engine_ = std::move(engine).value();
  return {};
}

// What the engine tells goes to every handle.
SyncListener Core::fanOut() {
  SyncListener all;
  all.onSync = [this](const SharedReport& report) {
    for (const auto& listener : listeners()) listener->onSync(report);
  };
  all.onFileError = [this](const FileError& error) {
    for (const auto& listener : listeners()) listener->onFileError(error);
  };
  all.onState = [this](SyncState state) {
    // A handle knows by itself when it is closed; that one engine ended does not mean that.
    if (state == SyncState::kClosed) return;
    for (const auto& listener : listeners()) listener->onState(state);
  };
  all.onWarning = [this](const Error& warning) {
    for (const auto& listener : listeners()) listener->onWarning(warning);
  };
  return all;
}

std::vector<std::shared_ptr<const SyncListener>> Core::listeners() {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const SyncListener>> all;
  for (const auto& [number, listener] : listeners_) all.push_back(listener);
  return all;
}

}  // namespace fsdb
