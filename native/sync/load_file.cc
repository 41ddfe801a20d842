#include "sync/load_file.h"

#include <cerrno>
#include <utility>

#include "parse/document_parser.h"

namespace fsdb {
namespace {

// Spreads the retries of many files. Any cheap value that differs from file to file will do.
double spread(const std::string& path) {
  return static_cast<double>(hashContent(path).low % 1024) / 1024;
}

bool mayPass(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kFull;
}

// Also if what its path leads through is no directory any more.
bool hasVanished(const Error& error) {
  return error.systemCode == ENOENT || error.systemCode == ENOTDIR || error.systemCode == ELOOP;
}

void fail(FileChange& change, Error error, const Clock& clock) {
  change.kind = FileChange::Kind::kFail;
  FileError& report = change.error.emplace();
  report.type = change.type;
  report.filePath = change.path;
  const auto before = change.stored ? change.stored->failure : std::nullopt;
  report.attempts = before ? before->attempts + 1 : 1;
  report.since = before ? before->since : toIso(clock.wallNow());
  if (mayPass(error)) {
    report.retryAfter = retryDelay(report.attempts, spread(change.path));
    report.nextRetryAt = toIso(clock.wallNow() + report.retryAfter);
  }
  error.path = change.path;
  report.error = std::move(error);
}

void parse(FileChange& change, const Source& source, std::string_view bytes, const Clock& clock) {
  auto json = parseDocument(*formatOf(change.path), bytes);
  if (!json) return fail(change, std::move(json).error(), clock);
  auto names = nameDocument(source, change.path, *json);
  if (!names) return fail(change, std::move(names).error(), clock);
  change.kind = FileChange::Kind::kPut;
  change.json = std::move(json).value();
  change.names = std::move(names).value();
}

}  // namespace

FileChange unknownFormat(const Source& source, FileToRead file, const Clock& clock) {
  FileChange change;
  change.type = source.config.type;
  change.path = std::move(file.path);
  change.stored = std::move(file.stored);
  change.stat = file.stat;
  Error error;
  error.code = ErrorCode::kParse;
  error.message = "unknown format: supported are .json, .yaml, .yml, .prompty and .md";
  fail(change, std::move(error), clock);
  return change;
}

std::optional<FileChange> changeOf(const Source& source, FileToRead file,
                                   Result<FileContent> content, const Clock& clock) {
  FileChange change;
  change.type = source.config.type;
  change.path = std::move(file.path);
  change.stored = std::move(file.stored);
  if (!content) {
    if (hasVanished(content.error())) {
      if (!change.stored) return std::nullopt;
      change.kind = FileChange::Kind::kRemove;
      return change;
    }
    if (change.stored) change.hash = change.stored->hash;
    change.stat.size = kUntrusted;
    fail(change, std::move(content).error(), clock);
    return change;
  }
  change.stat = content->stat;
  change.hash = content->hash;
  if (!isSettled(content->stat, content->takenNs)) change.stat.size = kUntrusted;
  const auto& stored = change.stored;
  if (!file.parse && stored && stored->state == FileState::kOk && stored->hash == content->hash) {
    change.kind = FileChange::Kind::kTouch;
    return change;
  }
  parse(change, source, content->bytes, clock);
  return change;
}

}  // namespace fsdb
