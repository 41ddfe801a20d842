#include "sync/folder_sync.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <thread>
#include <utility>

#include "files/atomic_write.h"
#include "files/utf8.h"
#include "parse/document_writer.h"

namespace fsdb {
namespace {

// How long a source is left in peace after a file in it got another name: a tree that is copied by
// links brings many.
constexpr std::chrono::milliseconds kSharedQuiet{100};

// How often a follower looks again at what it has just written.
constexpr int kMostRounds = 100;

Error errorOf(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

size_t threadsFor(const SyncConfig& config) {
  if (config.threads > 0) return static_cast<size_t>(config.threads);
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
}

}  // namespace

Result<std::unique_ptr<FolderSync>> FolderSync::create(const SyncConfig& config,
                                                       const std::string& databasePath,
                                                       std::unique_ptr<Connection> connection,
                                                       Writer& writer, const Clock& clock,
                                                       StatusBoard& board) {
  auto sources = SourceList::create(config.sources, databasePath);
  if (!sources) return std::move(sources).error();
  std::unique_ptr<FolderSync> sync(new FolderSync(threadsFor(config), std::move(sources).value(),
                                                  std::move(connection), writer, clock, board));
  FSDB_TRY(sync->prepare());
  return sync;
}

FolderSync::FolderSync(size_t threads, SourceList sources, std::unique_ptr<Connection> connection,
                       Writer& writer, const Clock& clock, StatusBoard& board)
    : sources_(std::move(sources)),
      writer_(writer),
      clock_(clock),
      board_(board),
      connection_(std::move(connection)),
      pool_("fsdb-read", threads),
      scanner_(std::make_unique<Scanner>(pool_, nullptr)) {}

FolderSync::~FolderSync() = default;

Result<void> FolderSync::prepare() {
  auto files = FileTable::create(*connection_);
  if (!files) return std::move(files).error();
  files_.emplace(std::move(files).value());
  documents_.emplace(*connection_);
  return recallErrors();
}

Result<void> FolderSync::recallErrors() {
  auto errors = files_->loadErrors();
  if (!errors) return std::move(errors).error();
  std::erase_if(*errors, [this](const FileError& error) { return !sources_.find(error.type); });
  board_.recall(*errors, clock_.now());
  return {};
}

Result<void> FolderSync::reconcileErrors() {
  auto version = connection_->queryInteger("PRAGMA data_version");
  if (!version) return std::move(version).error();
  if (*version == dataVersion_) return {};
  auto errors = files_->loadErrors();
  if (!errors) return std::move(errors).error();
  dataVersion_ = *version;
  std::erase_if(*errors, [this](const FileError& error) { return !sources_.find(error.type); });
  board_.reconcile(*errors, clock_.now());
  return {};
}

void FolderSync::start(Watcher* watcher, Debouncer* hints, SyncState resting) {
  watcher_ = watcher;
  hints_ = hints;
  resting_ = resting;
  scanner_ = std::make_unique<Scanner>(pool_, watcher);
}

Result<SharedReport> FolderSync::run(SyncReason reason, std::vector<Look> looks,
                                     const std::atomic<bool>& cancelled) {
  const SteadyTime begin = clock_.now();
  // A directory that was not there when the process started may be a mount that is late: its
  // documents stay. One that was there has been deleted.
  std::erase_if(looks, [&](const Look& look) {
    return !sources_[look.source].root && !sources_[look.source].seen;
  });
  auto result = resting_ == SyncState::kFollowing ? passUntilQuiet(reason, looks, cancelled)
                                                  : pass(reason, looks, cancelled);
  if (result) {
    if (auto stored = storeFingerprints(looks); !stored) result = stored.error();
  }
  if (!result) {
    if (result.error().code != ErrorCode::kClosed) refuse(looks, result.error());
    return std::move(result).error();
  }
  if (refused_.empty()) {
    refusals_ = 0;
    databaseError_.reset();
  }
  return publish(reason, std::move(result).value(), looks, begin);
}

// A follower's sync runs beside the leader's. The leader may have followed a file to where it is
// now before the follower stores where it was, and it will not be told of the file again. So a
// follower looks again at what it has written, until there is nothing to write. Only what changes
// all the time takes more than a few rounds, and of that the leader hears again.
Result<PassResult> FolderSync::passUntilQuiet(SyncReason reason, const std::vector<Look>& looks,
                                              const std::atomic<bool>& cancelled) {
  auto result = pass(reason, looks, cancelled);
  if (!result) return result;
  std::vector<Look> again = writtenBy(*result);
  for (int round = 0; round < kMostRounds && !again.empty(); round++) {
    auto later = pass(reason, again, cancelled);
    if (!later) return later;
    again = writtenBy(*later);
    result->merge(std::move(later).value());
  }
  return result;
}

std::vector<Look> FolderSync::writtenBy(const PassResult& result) const {
  std::vector<Look> looks;
  const auto add = [&](const std::string& type, const std::string& path) {
    if (const auto source = sources_.find(type)) looks.push_back({*source, path, Effort::kStat});
  };
  const SyncReport& report = result.report;
  for (const auto* list : {&report.added, &report.changed, &report.removed}) {
    for (const auto& ref : *list) add(ref.type, ref.filePath);
  }
  for (const auto& [from, to] : report.renamed) {
    add(from.type, from.filePath);
    add(to.type, to.filePath);
  }
  for (const auto& verdict : result.verdicts) add(verdict.type, verdict.path);
  return withoutCovered(std::move(looks));
}

Result<PassResult> FolderSync::pass(SyncReason reason, const std::vector<Look>& looks,
                                    const std::atomic<bool>& cancelled) {
  auto generation = files_->generation();
  if (!generation) return std::move(generation).error();
  // Who calls wants to see what is there now; a hint that waits will be followed all the same.
  const bool isCalled = reason == SyncReason::kCall || reason == SyncReason::kSave;
  Debouncer* const hints = isCalled ? nullptr : hints_;
  // Until a first sync has been through, smaller ones do not count: who follows waits for that.
  const bool isFirst = *generation == 0 && sources_.areCoveredBy(looks);
  const int64_t next = *generation == 0 && !isFirst ? 0 : *generation + 1;
  SyncPass pass(
      {pool_, *scanner_, *files_, writer_, applier_, clock_, board_, cancelled, watcher_, hints},
      sources_, next, isFirst);
  auto result = pass.run(looks);
  if (!result) return result;
  const bool counts = isFirst || result->report.changedAnything();
  result->report.generation = counts ? next : *generation;
  return result;
}

// Tells everybody what a pass has found.
SharedReport FolderSync::publish(SyncReason reason, PassResult result,
                                 const std::vector<Look>& looks, SteadyTime begin) {
  const SteadyTime now = clock_.now();
  SyncReport& report = result.report;
  const int64_t failedFiles = board_.note(result.verdicts, now);
  report.failed = failedFiles + static_cast<int64_t>(result.problems.size());
  // Problems have names that people can read.
  std::vector<Look> readable = looks;
  for (auto& look : readable) look.path = escapeInvalidUtf8(look.path);
  board_.noteProblems(
      result.problems,
      [&](const FileError& problem) {
        const auto source = sources_.find(problem.type);
        return std::any_of(readable.begin(), readable.end(), [&](const Look& look) {
          return look.source == source && covers(look, problem.filePath);
        });
      },
      now);
  if (!result.shared.empty() && shared_.empty()) nextShared_ = now + kSharedQuiet;
  for (const size_t source : result.shared) shared_.push_back({source, "", Effort::kStat});
  // Of a file that was read again only the database knows whether it differed.
  const size_t differing = report.added.size() + report.changed.size() + report.renamed.size();
  report.unchanged =
      std::max<int64_t>(0, report.scanned - failedFiles - static_cast<int64_t>(differing));
  report.reason = reason;
  report.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - begin);
  const bool news =
      report.changedAnything() || reason == SyncReason::kStart || reason == SyncReason::kCall;
  const auto shared = std::make_shared<const SyncReport>(std::move(report));
  board_.setGeneration(shared->generation);
  reportDegraded();
  board_.setState(resting_);
  if (news) board_.publish(shared);
  return shared;
}

// Nothing is lost: the files are there, and are looked at again.
void FolderSync::refuse(const std::vector<Look>& looks, const Error& error) {
  const bool news = !databaseError_ || databaseError_->code != error.code;
  databaseError_ = error;
  refusals_++;
  refused_.insert(refused_.end(), looks.begin(), looks.end());
  refused_ = withoutCovered(std::move(refused_));
  nextRefused_ = clock_.now() + retryDelay(refusals_, 0);
  reportDegraded();
  board_.setState(SyncState::kDegraded);
  if (news) board_.warn(error);
}

std::vector<Look> FolderSync::refreshRoots() {
  auto looks = sources_.refreshRoots();
  reportDegraded();
  return looks;
}

std::vector<Look> FolderSync::everythingAtStart() {
  auto looks = sources_.everything(std::nullopt, Effort::kStat);
  for (auto& look : looks) {
    const SourceConfig& config = sources_[look.source].source.config;
    const auto stored = files_->fingerprint(config.type);
    if (stored && *stored != fingerprintOf(config)) look.effort = Effort::kParse;
  }
  return looks;
}

// After a look at whole sources that took all their files for changed.
Result<void> FolderSync::storeFingerprints(const std::vector<Look>& looks) {
  std::vector<std::pair<std::string, std::string>> fingerprints;
  for (const auto& look : looks) {
    if (!look.path.empty() || look.effort != Effort::kParse) continue;
    const SourceConfig& config = sources_[look.source].source.config;
    fingerprints.emplace_back(config.type, fingerprintOf(config));
  }
  if (fingerprints.empty()) return {};
  return writer_.run(
      [&](Connection& connection) -> Result<void> {
        auto files = FileTable::create(connection);
        if (!files) return std::move(files).error();
        for (const auto& [type, fingerprint] : fingerprints) {
          FSDB_TRY(files->setFingerprint(type, fingerprint));
        }
        return {};
      },
      Durability::kNormal);
}

std::vector<Look> FolderSync::retriesDue() {
  const SteadyTime now = clock_.now();
  std::vector<Look> looks;
  for (auto& [type, path] : board_.takeRetries(now)) {
    if (const auto source = sources_.find(type))
      looks.push_back({*source, std::move(path), Effort::kStat});
  }
  if (!refused_.empty() && now >= nextRefused_) {
    for (auto& look : std::exchange(refused_, {})) looks.push_back(std::move(look));
  }
  if (!shared_.empty() && now >= nextShared_) {
    for (auto& look : std::exchange(shared_, {})) looks.push_back(std::move(look));
  }
  return looks;
}

std::optional<SteadyTime> FolderSync::nextRetry() const {
  auto next = board_.nextRetry();
  if (!refused_.empty()) next = next ? std::min(*next, nextRefused_) : nextRefused_;
  if (!shared_.empty()) next = next ? std::min(*next, nextShared_) : nextShared_;
  return next;
}

Result<StoredDocument> FolderSync::save(const std::string& type, const std::string& id,
                                        const std::string& json,
                                        const std::atomic<bool>& cancelled) {
  auto number = requireSource("save", type);
  if (!number) return std::move(number).error();
  auto path = pathToSave(*number, id);
  if (!path) return std::move(path).error();
  const SyncSource& source = sources_[*number];
  auto bytes = formatDocument(*formatOf(*path), json);
  if (!bytes) return std::move(bytes).error();
  auto names = nameDocument(source.source, *path, json);
  if (!names) return std::move(names).error();
  if (names->id != id) {
    return errorOf(ErrorCode::kConflict,
                   "save: the document's own id is \"" + names->id + "\", not \"" + id + "\"");
  }
  if (static_cast<int64_t>(bytes->size()) > source.source.config.maxFileBytes) {
    return errorOf(ErrorCode::kLimit, "save: " + *path + " would be longer than maxFileBytes (" +
                                          std::to_string(bytes->size()) + " > " +
                                          std::to_string(source.source.config.maxFileBytes) + ")");
  }
  FSDB_TRY(writeFileAtomically(*source.root, *path, *bytes));
  auto report = run(SyncReason::kSave, {{*number, *path, Effort::kParse}}, cancelled);
  if (!report) return std::move(report).error();
  auto stored = documents_->get(type, id);
  if (!stored) return std::move(stored).error();
  // Somebody may have written, broken or deleted the file in the meantime.
  if (auto failure = board_.findError(type, *path)) return std::move(*failure);
  if (*stored && (*stored)->filePath == *path) return std::move(**stored);
  return errorOf(ErrorCode::kConflict, "save: " + *path + " was changed or deleted meanwhile");
}

Result<bool> FolderSync::remove(const std::string& type, const std::string& id,
                                const std::atomic<bool>& cancelled) {
  auto number = requireSource("remove", type);
  if (!number) return std::move(number).error();
  auto existing = documents_->get(type, id);
  if (!existing) return std::move(existing).error();
  if (!*existing || !(*existing)->filePath) return false;
  const std::string path = *(*existing)->filePath;
  auto removed = removeFile(*sources_[*number].root, path);
  if (!removed) return std::move(removed).error();
  auto report = run(SyncReason::kSave, {{*number, path, Effort::kStat}}, cancelled);
  if (!report) return std::move(report).error();
  return true;
}

// The source of a type, if its directory is there.
Result<size_t> FolderSync::requireSource(const char* operation, const std::string& type) {
  const auto number = sources_.find(type);
  if (!number) {
    return errorOf(ErrorCode::kParse,
                   std::string(operation) + ": there is no source of type \"" + type + "\"");
  }
  refreshRoots();
  if (!sources_[*number].root) {
    return systemError(operation, sources_[*number].source.config.directory, ENOENT);
  }
  return *number;
}

// The file that a document has, or will have.
Result<std::string> FolderSync::pathToSave(size_t number, const std::string& id) {
  const Source& source = sources_[number].source;
  auto existing = documents_->get(source.config.type, id);
  if (!existing) return std::move(existing).error();
  if (*existing && (*existing)->filePath) return *(*existing)->filePath;
  const auto path = pathForNewDocument(source, id);
  if (path) return *path;
  return errorOf(ErrorCode::kParse, "save: \"" + id + "\" gives no file name that sources." +
                                        source.config.type + " includes");
}

// Why things are not as they should be, in words.
void FolderSync::reportDegraded() {
  std::vector<std::string> reasons = sources_.missing();
  if (databaseError_) {
    reasons.push_back("the database cannot be written: " + databaseError_->message);
  }
  board_.setDegraded(std::move(reasons));
}

void FolderSync::end() {
  if (!applier_) return;
  // Its statements belong to the writer's connection and thread.
  const auto ended = writer_.run(
      [this](Connection&) -> Result<void> {
        applier_.reset();
        return {};
      },
      Durability::kNormal);
  assert(!applier_);
  (void)ended;
}

}  // namespace fsdb
