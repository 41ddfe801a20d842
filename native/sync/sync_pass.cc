#include "sync/sync_pass.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "parse/document_parser.h"
#include "sync/load_chunks.h"
#include "sync/load_file.h"

namespace fsdb {
namespace {

// So few files are read by the sync thread itself.
constexpr size_t kInline = 8;

Error cancelledError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "sync: the database was closed";
  return error;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
}

void appendPlan(SyncPlan& to, SyncPlan&& from) {
  append(to.read, std::move(from.read));
  append(to.missing, std::move(from.missing));
  append(to.knownInodes, std::move(from.knownInodes));
}

}  // namespace

void PassResult::merge(PassResult later) {
  report.added.append(later.report.added);
  report.changed.append(later.report.changed);
  report.removed.append(later.report.removed);
  append(report.renamed, std::move(later.report.renamed));
  report.parsed += later.report.parsed;
  report.looking += later.report.looking;
  report.generation = later.report.generation;
  append(verdicts, std::move(later.verdicts));
  append(shared, std::move(later.shared));
  problems = std::move(later.problems);
}

SyncPass::SyncPass(const Tools& tools, const SourceList& sources, int64_t generation, bool isFirst)
    : tools_(tools),
      sources_(sources),
      isFirst_(isFirst),
      context_(std::make_shared<ApplyContext>()),
      changes_(tools.writer, tools.applier, context_, generation, isFirst) {
  context_->now = toIso(tools_.clock.wallNow());
}

SyncPass::~SyncPass() = default;

Result<PassResult> SyncPass::run(const std::vector<Look>& looks) {
  Result<void> outcome = isFirst_ ? changes_.beginBulk() : Result<void>();
  for (size_t number = 0; outcome && number < sources_.size(); number++) {
    std::vector<Look> mine;
    std::copy_if(looks.begin(), looks.end(), std::back_inserter(mine),
                 [&](const Look& look) { return look.source == number; });
    if (!mine.empty()) outcome = syncSource(number, mine);
  }
  if (outcome) outcome = lookAgain();
  // Jobs refer to this object's tools: wait for them whatever has happened.
  Result<void> written = changes_.wait();
  if (isFirst_ && outcome && written) outcome = changes_.endBulk();
  if (!outcome) return std::move(outcome).error();
  if (!written) return std::move(written).error();

  ApplyOutcome applied = changes_.takeOutcome();
  result_.report.added = std::move(applied.added);
  result_.report.changed = std::move(applied.changed);
  result_.report.removed = std::move(applied.removed);
  result_.report.renamed = std::move(applied.renamed);
  result_.verdicts = std::move(applied.verdicts);
  return std::move(result_);
}

Result<void> SyncPass::syncSource(size_t number, const std::vector<Look>& looks) {
  const SyncSource& source = sources_[number];
  SyncPlan plan;
  for (const auto& look : looks) FSDB_TRY(gather(number, look, plan));
  deferMoved(number, plan);
  if (!plan.read.empty() || !plan.missing.empty()) tools_.board.setState(SyncState::kSyncing);
  const size_t work = plan.read.size();
  for (const auto& file : plan.missing) {
    context_->leaving.insert(ApplyContext::keyOf(source.source.config.type, file.path));
  }
  context_->skipFeed += std::max<int64_t>(0, static_cast<int64_t>(work) - ChangeFeed::kLimit);

  MissingFiles missing(std::move(plan.missing));
  FSDB_TRY(loadAll(source, std::move(plan.read), missing));
  return removeRest(source.source.config.type, missing);
}

// A file that was renamed while we looked may have been seen under both names. Under the new one it
// is left to the next look, which the hint that waits for it brings: until then its row has the old
// one.
void SyncPass::deferMoved(size_t number, SyncPlan& plan) const {
  if (tools_.hints == nullptr || plan.knownInodes.empty()) return;
  std::unordered_set<uint64_t> added;
  for (const auto& file : plan.read) {
    if (file.newInode != 0) added.insert(file.newInode);
  }
  if (added.empty()) return;
  std::unordered_set<uint64_t> seenTwice;
  for (const uint64_t inode : plan.knownInodes) {
    if (added.contains(inode)) seenTwice.insert(inode);
  }
  if (seenTwice.empty()) return;
  settle();
  const auto& type = sources_[number].source.config.type;
  std::erase_if(plan.read, [&](const FileToRead& file) {
    return seenTwice.contains(file.newInode) && isChanging(type, file.path);
  });
}

// Whatever happened before this call has become a hint after it.
void SyncPass::settle() const {
  if (tools_.hints != nullptr && tools_.watcher != nullptr) tools_.watcher->settle();
}

// A file that was renamed while we looked may have been seen under neither name. It is not gone as
// long as a hint about it waits: that will be looked at together with the other name.
bool SyncPass::isChanging(const std::string& type, const std::string& path) const {
  if (tools_.hints == nullptr) return false;
  const auto number = sources_.find(type);
  return number && tools_.hints->covers(*number, path);
}

// Compares one place on the disk with what is stored of it.
Result<void> SyncPass::gather(size_t number, const Look& look, SyncPlan& plan) {
  // Begun before the scan: what another process stores meanwhile is then new to us, and claims the
  // row that it has already; after it, it would seem to be missing, and lose its row.
  auto loading = tools_.files.beginLoad(sources_[number].source.config.type, look.path);
  if (!loading) return std::move(loading).error();
  ScanResult scanned;
  Result<std::vector<StoredFile>> stored = std::vector<StoredFile>();
  const auto scanHere = [&] { scanned = scan(number, look.path); };
  const auto loadHere = [&] { stored = loading->finish(); };
  if (look.path.empty()) {
    tools_.pool.runBoth(scanHere, loadHere);  // both take their time
  } else {
    loadHere();
    scanHere();
  }
  if (!stored) return std::move(stored).error();
  result_.report.scanned += static_cast<int64_t>(scanned.files.size());
  addProblems(number, scanned.problems);
  // An event names one file; what a directory of that name holds has only its stats to go by.
  const bool named = scanned.files.size() == 1 && scanned.files.front().path == look.path;
  const Effort effort = look.effort == Effort::kRead && !named ? Effort::kStat : look.effort;
  SyncPlan part = planSync(std::move(scanned), std::move(stored).value(), effort);
  if (part.gotShared && !look.path.empty()) result_.shared.push_back(number);
  appendPlan(plan, std::move(part));
  return {};
}

// May run on a thread of the pool, while the sync thread does other things.
ScanResult SyncPass::scan(size_t number, const std::string& path) {
  const SyncSource& source = sources_[number];
  if (!source.root) return {};
  Scanner::Source scan;
  scan.number = number;
  scan.root = source.root.get();
  scan.filter = &source.source.filter;
  scan.followSymlinks = source.source.config.followSymlinks;
  scan.excluded = source.excluded;
  const SteadyTime begin = tools_.clock.now();
  ScanResult scanned = tools_.scanner.look(scan, path);
  result_.report.looking +=
      std::chrono::duration_cast<std::chrono::microseconds>(tools_.clock.now() - begin);
  return scanned;
}

// What the scan could not see is reported, and stays as it is in the database.
void SyncPass::addProblems(size_t number, const std::vector<ScanProblem>& problems) {
  for (const auto& problem : problems) {
    FileError error;
    error.type = sources_[number].source.config.type;
    error.filePath = problem.path;
    error.error = problem.error;
    error.error.path = problem.path;
    error.attempts = 1;
    error.since = context_->now;
    if (problem.error.code == ErrorCode::kIo) {
      error.retryAfter = kProblemRetry;
      error.nextRetryAt = toIso(tools_.clock.wallNow() + error.retryAfter);
    }
    result_.problems.push_back(std::move(error));
  }
}

Result<void> SyncPass::loadAll(const SyncSource& source, std::vector<FileToRead> files,
                               MissingFiles& missing) {
  const auto load = [&](std::vector<FileToRead> some) {
    std::vector<FileChange> changes;
    if (some.empty()) return changes;  // also where the root is gone
    changes.reserve(some.size());
    const ReadOptions options{source.source.config.maxFileBytes,
                              source.source.config.followSymlinks};
    // What no parser knows is not opened: it may be somebody's database, and closing a handle on
    // one drops the locks that this process holds on it.
    const auto unknown = std::stable_partition(
        some.begin(), some.end(), [](const FileToRead& file) { return formatOf(file.path); });
    std::vector<std::string> paths;
    paths.reserve(some.size());
    for (auto file = some.begin(); file != unknown; ++file) paths.push_back(file->path);
    readFiles(*source.root, paths, options, [&](size_t index, Result<FileContent> content) {
      if (tools_.cancelled) return;
      auto change =
          changeOf(source.source, std::move(some[index]), std::move(content), tools_.clock);
      if (change) changes.push_back(std::move(*change));
    });
    for (auto file = unknown; file != some.end(); ++file) {
      changes.push_back(unknownFormat(source.source, std::move(*file), tools_.clock));
    }
    return changes;
  };
  // A single saved file is read here and now: handing it over would take longer than reading it.
  if (files.size() <= kInline) return consume(load(std::move(files)), missing);
  return loadInChunks(tools_.pool, std::move(files), load, [&](std::vector<FileChange> changes) {
    return consume(std::move(changes), missing);
  });
}

Result<void> SyncPass::consume(std::vector<FileChange> changes, MissingFiles& missing) {
  if (tools_.cancelled) return cancelledError();
  for (auto& change : changes) {
    if (change.kind == FileChange::Kind::kRemove) {
      settle();
      if (isChanging(change.type, change.path)) continue;
    }
    const bool parsed =
        change.kind == FileChange::Kind::kPut || change.kind == FileChange::Kind::kFail;
    if (parsed) result_.report.parsed++;
    if (change.kind == FileChange::Kind::kPut && !change.stored) {
      auto from = missing.takeRenamed(*change.hash, change.stat.inode, change.path);
      if (from) change.renamedFrom = std::make_unique<StoredFile>(std::move(*from));
    }
    FSDB_TRY(changes_.add(std::move(change)));
  }
  return {};
}

Result<void> SyncPass::removeRest(const std::string& type, MissingFiles& missing) {
  std::vector<StoredFile> rest = missing.takeRest();
  if (!rest.empty()) settle();
  for (auto& file : rest) {
    if (isChanging(type, file.path)) continue;
    FileChange change;
    change.kind = FileChange::Kind::kRemove;
    change.type = type;
    change.path = file.path;
    change.stored = std::make_unique<StoredFile>(std::move(file));
    FSDB_TRY(changes_.add(std::move(change)));
  }
  return {};
}

// Files whose ids became free by what was written: they may have them now.
Result<void> SyncPass::lookAgain() {
  const int64_t scanned = result_.report.scanned;
  while (true) {
    changes_.submit();
    FSDB_TRY(changes_.wait());
    const auto again = changes_.takeLookAgain();
    if (again.empty()) break;
    for (const auto& [type, path] : again) {
      const auto number = sources_.find(type);
      if (number) FSDB_TRY(syncSource(*number, {{*number, path, Effort::kParse}}));
    }
  }
  result_.report.scanned = scanned;  // they have been counted
  return {};
}

}  // namespace fsdb
