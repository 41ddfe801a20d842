#include "sync/change_applier.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace fsdb {
namespace {

// From so many new files on, they are inserted together.
constexpr size_t kMany = 8;

std::string isoOf(int64_t ns) {
  using std::chrono::nanoseconds;
  return toIso(WallTime(std::chrono::duration_cast<WallTime::duration>(nanoseconds(ns))));
}

DocumentRef refOf(const FileChange& change) { return {change.type, change.names.id, change.path}; }

FileRow rowOf(const FileChange& change) {
  FileRow row;
  row.type = change.type;
  row.path = change.path;
  row.stat = change.stat;
  row.hash = change.hash;
  return row;
}

FileError duplicateError(const std::string& type, const std::string& loser, const std::string& id,
                         const std::string& winner, const std::string& now) {
  FileError error;
  error.type = type;
  error.filePath = loser;
  error.error.code = ErrorCode::kConflict;
  error.error.path = loser;
  error.error.message = "id \"" + id + "\" is taken by " + winner +
                        ", which was modified later; rename one of the two files";
  error.attempts = 1;
  error.since = now;
  return error;
}

// Keeps the fields and the time stamp alive for a call to the document table.
struct Fields {
  explicit Fields(const FileChange& change)
      : modified(isoOf(change.stat.mtimeNs)), fields{change.type,       change.names.id,
                                                     change.names.name, change.json,
                                                     change.path,       modified} {}
  std::string modified;
  DocumentFields fields;
};

}  // namespace

Result<std::unique_ptr<ChangeApplier>> ChangeApplier::create(Connection& connection) {
  auto documents = DocumentTable::create(connection);
  if (!documents) return std::move(documents).error();
  auto files = FileTable::create(connection);
  if (!files) return std::move(files).error();
  auto feed = ChangeFeed::create(connection);
  if (!feed) return std::move(feed).error();
  return std::unique_ptr<ChangeApplier>(new ChangeApplier(
      std::move(documents).value(), std::move(files).value(), std::move(feed).value()));
}

Result<void> ChangeApplier::apply(const std::vector<FileChange>& changes, ApplyContext& context,
                                  ApplyOutcome& outcome) {
  context_ = &context;
  outcome_ = &outcome;
  skipped_ = 0;
  const auto all = std::span(changes);
  for (size_t begin = 0; begin < all.size();) {
    const auto isNew = [&](const FileChange& change) {
      return change.kind == FileChange::Kind::kPut && !change.stored && !change.renamedFrom &&
             change.type == all[begin].type && !isBlamed(change);
    };
    const auto rest = all.subspan(begin);
    const auto end = std::find_if_not(rest.begin(), rest.end(), isNew);
    const auto run = rest.first(std::max<size_t>(1, static_cast<size_t>(end - rest.begin())));
    begin += run.size();
    if (run.size() >= kMany) {
      auto added = addAll(run);
      if (!added) return std::move(added).error();
      if (*added) continue;
    }
    for (const auto& change : run) FSDB_TRY(applyOne(change));
  }
  return flushSkipped();
}

// Files that are all new, at once. False, and nothing happens, if one of their ids is taken.
Result<bool> ChangeApplier::addAll(std::span<const FileChange> changes) {
  std::vector<std::string> modified;
  std::vector<DocumentFields> documents;
  std::vector<FileRow> files;
  modified.reserve(changes.size());  // views into it stay valid
  documents.reserve(changes.size());
  files.reserve(changes.size());
  for (const auto& change : changes) {
    modified.push_back(isoOf(change.stat.mtimeNs));
    documents.push_back({change.type, change.names.id, change.names.name, change.json, change.path,
                         modified.back()});
    files.push_back(rowOf(change));
    files.back().id = change.names.id;
  }
  auto inserted = documents_.insertAll(documents, context_->now);
  if (!inserted || !*inserted) return inserted;
  FSDB_TRY(files_.putAll(files));
  for (const auto& change : changes) {
    outcome_->added.add(change.type, change.names.id, change.path);
    FSDB_TRY(record(ChangeOp::kInsert, change.type, change.names.id, 1));
  }
  return true;
}

Result<void> ChangeApplier::applyOne(const FileChange& change) {
  switch (change.kind) {
    case FileChange::Kind::kPut:
      return put(change);
    case FileChange::Kind::kTouch:
      return touch(change);
    case FileChange::Kind::kFail:
      return fail(change);
    case FileChange::Kind::kRemove:
      return remove(change);
  }
  return {};
}

Result<void> ChangeApplier::finish(int64_t generation, const ApplyContext& context) {
  FSDB_TRY(files_.setGeneration(generation, context.now));
  return feed_.prune();
}

Result<void> ChangeApplier::put(const FileChange& change) {
  if (change.renamedFrom) {
    const StoredFile& from = *change.renamedFrom;
    auto renamed = rename(change, from);
    if (!renamed) return std::move(renamed).error();
    FSDB_TRY(files_.remove(change.type, from.path));
    clear(change.type, from.path);
    if (*renamed) return putClean(change);
    FSDB_TRY(giveUp(change, from));
  }
  const auto& stored = change.stored;
  if (stored && stored->id && *stored->id != change.names.id) {
    auto renamed = rename(change, *stored);
    if (!renamed) return std::move(renamed).error();
    if (*renamed) return putClean(change);
    FSDB_TRY(giveUp(change, *stored));
  }
  return insertOrClaim(change);
}

// The document of the file `from` becomes that of `change`: it keeps its seq and created_at.
// False if there is no such document, or its new id is taken.
Result<bool> ChangeApplier::rename(const FileChange& change, const StoredFile& from) {
  auto owner = documents_.find(change.type, *from.id);
  if (!owner) return std::move(owner).error();
  if (!*owner || (*owner)->filePath != from.path) return false;

  const Fields fields(change);
  auto renamed = documents_.rename(*from.id, fields.fields, context_->now);
  if (!renamed) return std::move(renamed).error();
  if (!*renamed) return false;
  const int64_t version = **renamed;
  if (*from.id == change.names.id) {
    if (version != (*owner)->version) {
      FSDB_TRY(record(ChangeOp::kUpdate, change.type, change.names.id, version));
    }
  } else {
    FSDB_TRY(record(ChangeOp::kDelete, change.type, *from.id, version));
    FSDB_TRY(record(ChangeOp::kInsert, change.type, change.names.id, version));
    FSDB_TRY(free(change.type, *from.id));
  }
  outcome_->renamed.emplace_back(DocumentRef{change.type, *from.id, from.path}, refOf(change));
  return true;
}

Result<void> ChangeApplier::insertOrClaim(const FileChange& change) {
  const Fields fields(change);
  auto inserted = documents_.insert(fields.fields, context_->now);
  if (!inserted) return std::move(inserted).error();
  if (*inserted) {
    outcome_->added.add(change.type, change.names.id, change.path);
    FSDB_TRY(record(ChangeOp::kInsert, change.type, change.names.id, 1));
    return putClean(change);
  }
  auto owner = documents_.find(change.type, change.names.id);
  if (!owner) return std::move(owner).error();
  return claim(change, owner->value_or(DocumentOwner{}));
}

// The id is taken: by this file itself, as a rule, or by another.
Result<void> ChangeApplier::claim(const FileChange& change, const DocumentOwner& owner) {
  const bool own = owner.filePath == change.path;
  const bool vacant = owner.filePath.empty() ||
                      context_->leaving.contains(ApplyContext::keyOf(change.type, owner.filePath));
  const Fields fields(change);
  if (!own && !vacant) {
    if (!claimWins(fields.modified, change.path, owner.fileModified, owner.filePath)) {
      return loseTo(change, owner.filePath);
    }
  }
  // One that is about to be removed may turn out to be there after all: then its time decides.
  if (!own && !owner.filePath.empty()) FSDB_TRY(markDuplicate(change, owner.filePath));
  auto version = documents_.update(fields.fields, context_->now);
  if (!version) return std::move(version).error();
  if (*version) {
    outcome_->changed.add(change.type, change.names.id, change.path);
    FSDB_TRY(record(ChangeOp::kUpdate, change.type, change.names.id, **version));
  }
  // Whoever lost the id to a later file may be later than this one now.
  if (own && fields.modified < owner.fileModified) {
    FSDB_TRY(free(change.type, change.names.id));
  }
  return putClean(change);
}

Result<void> ChangeApplier::loseTo(const FileChange& change, const std::string& winner) {
  FileError error =
      duplicateError(change.type, change.path, change.names.id, winner, context_->now);
  FileRow row = rowOf(change);
  row.id = change.names.id;
  row.state = FileState::kDuplicate;
  row.error = &error;
  FSDB_TRY(files_.put(row));
  blame(std::move(error));
  return {};
}

Result<void> ChangeApplier::markDuplicate(const FileChange& change, const std::string& loser) {
  auto stored = files_.load(change.type, loser);
  if (!stored) return std::move(stored).error();
  if (stored->empty() || stored->front().path != loser) return {};
  const StoredFile& file = stored->front();
  FileError error = duplicateError(change.type, loser, change.names.id, change.path, context_->now);
  FileRow row;
  row.type = change.type;
  row.path = loser;
  row.id = change.names.id;
  row.stat = file.stat;
  const auto key = ApplyContext::keyOf(change.type, loser);
  if (context_->leaving.contains(key)) row.stat.size = kUntrusted;
  row.hash = file.hash;
  row.state = FileState::kDuplicate;
  row.error = &error;
  FSDB_TRY(files_.put(row));
  blame(std::move(error));
  return {};
}

// Deletes the document that the file had, if it is still the file's.
Result<void> ChangeApplier::giveUp(const FileChange& change, const StoredFile& stored) {
  if (!stored.id) return {};
  auto version = documents_.remove(change.type, *stored.id, stored.path);
  if (!version) return std::move(version).error();
  if (!*version) return {};
  outcome_->removed.add(change.type, *stored.id, stored.path);
  FSDB_TRY(record(ChangeOp::kDelete, change.type, *stored.id, **version));
  return free(change.type, *stored.id);
}

Result<void> ChangeApplier::touch(const FileChange& change) {
  FileRow row = rowOf(change);
  if (!change.stored->id) return files_.put(row);
  const std::string& id = *change.stored->id;
  auto owner = documents_.find(change.type, id);
  if (!owner) return std::move(owner).error();
  if (!*owner || (*owner)->filePath != change.path) {
    // Another file has taken its id in this very sync: its time decides whether it takes it back.
    outcome_->lookAgain.emplace_back(change.type, change.path);
    return {};
  }
  const std::string modified = isoOf(change.stat.mtimeNs);
  if (modified != (*owner)->fileModified) {
    FSDB_TRY(documents_.touch(change.type, id, change.path, modified));
    if (modified < (*owner)->fileModified) FSDB_TRY(free(change.type, id));
  }
  row.id = id;
  return files_.put(row);
}

Result<void> ChangeApplier::fail(const FileChange& change) {
  FileRow row = rowOf(change);
  if (change.stored && change.stored->id) row.id = *change.stored->id;
  row.state = FileState::kError;
  row.error = &*change.error;
  FSDB_TRY(files_.put(row));
  blame(*change.error);
  return {};
}

Result<void> ChangeApplier::remove(const FileChange& change) {
  FSDB_TRY(files_.remove(change.type, change.path));
  clear(change.type, change.path);
  return giveUp(change, *change.stored);
}

Result<void> ChangeApplier::putClean(const FileChange& change) {
  FileRow row = rowOf(change);
  row.id = change.names.id;
  // Most files have no error to lose: ten thousand new ones need no ten thousand verdicts. But this
  // very sync may have blamed it, when another file claimed its id.
  const bool wasWrong = change.stored && change.stored->state != FileState::kOk;
  if (wasWrong || isBlamed(change)) {
    clear(change.type, change.path);
  }
  return files_.put(row);
}

bool ChangeApplier::isBlamed(const FileChange& change) const {
  return !context_->blamed.empty() &&
         context_->blamed.contains(ApplyContext::keyOf(change.type, change.path));
}

Result<void> ChangeApplier::record(ChangeOp op, const std::string& type, const std::string& id,
                                   int64_t version) {
  if (context_->skipFeed > 0) {
    context_->skipFeed--;
    skipped_++;
    return {};
  }
  FSDB_TRY(flushSkipped());
  return feed_.add({op, type, id, version, "file", context_->now});
}

Result<void> ChangeApplier::flushSkipped() {
  if (skipped_ == 0) return {};
  const int64_t count = std::exchange(skipped_, 0);
  return feed_.skip(count);
}

void ChangeApplier::clear(const std::string& type, const std::string& path) {
  outcome_->verdicts.push_back({type, path, std::nullopt});
}

void ChangeApplier::blame(FileError error) {
  context_->blamed.insert(ApplyContext::keyOf(error.type, error.filePath));
  std::string type = error.type;
  std::string path = error.filePath;
  outcome_->verdicts.push_back({std::move(type), std::move(path), std::move(error)});
}

// An id became free: whoever lost it to the former holder gets another chance.
Result<void> ChangeApplier::free(const std::string& type, const std::string& id) {
  auto paths = files_.findDuplicates(type, id);
  if (!paths) return std::move(paths).error();
  for (auto& path : *paths) outcome_->lookAgain.emplace_back(type, std::move(path));
  return {};
}

}  // namespace fsdb
