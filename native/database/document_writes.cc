#include "database/document_writes.h"

#include <optional>
#include <utility>

#include "documents/search_index.h"
#include "sync/file_table.h"

namespace fsdb {
namespace {

using Kind = DocumentWrite::Kind;

Error closedError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "write: the database was closed";
  return error;
}

// A new document must not take the place of a file that could not be parsed and so has no row.
Result<std::optional<Error>> checkBrokenFile(Connection& connection, const DocumentWrite& write) {
  auto files = FileTable::create(connection);
  if (!files) return std::move(files).error();
  for (const char* extension : {".json", ".yaml", ".yml", ".md", ".prompty"}) {
    const std::string path = write.id + extension;
    auto found = files->load(write.type, path);
    if (!found) return std::move(found).error();
    if (found->empty() || found->front().path != path) continue;
    Error error;
    error.code = ErrorCode::kConflict;
    error.message = "insert " + write.type + " \"" + write.id + "\": there is a file " + path +
                    " that could not become a document";
    error.path = path;
    return std::optional<Error>(std::move(error));
  }
  return std::optional<Error>();
}

// What only a row can be told.
std::optional<Error> checkForFile(const DocumentWrite& write) {
  if (!write.name) return std::nullopt;
  Error error;
  error.code = ErrorCode::kParse;
  error.message = "write " + write.type + " \"" + write.id +
                  "\": the name of a document in a folder comes from its file";
  return error;
}

}  // namespace

DocumentWrites::DocumentWrites(Writer& writer, const Clock& clock, Folders folders)
    : writer_(writer), clock_(clock), folders_(std::move(folders)) {}

void DocumentWrites::write(DocumentWrite write, const JobOptions& options, Done done) {
  if (folders_.has(write.type)) {
    writeFile({std::move(write), options, std::move(done)});
  } else {
    writeRow(std::move(write), options, std::move(done));
  }
}

Result<CollectionWriter*> DocumentWrites::rows(Connection& connection) {
  if (!rows_) {
    auto created = CollectionWriter::create(connection);
    if (!created) return std::move(created).error();
    rows_ = std::move(created).value();
  }
  return rows_.get();
}

void DocumentWrites::writeRow(DocumentWrite write, JobOptions options, Done done) {
  const auto outcome = std::make_shared<WriteOutcome>();
  const auto job = [this, outcome,
                    write = std::move(write)](Connection& connection) -> Result<void> {
    auto rows = this->rows(connection);
    if (!rows) return std::move(rows).error();
    auto written = (*rows)->write(write, clock_.wallNow());
    if (!written) return std::move(written).error();
    *outcome = std::move(written).value();
    return {};
  };
  options.repeatable = true;
  const auto answer = [outcome, done = std::move(done)](const Result<void>& result) {
    if (!result) return done(result.error());
    done(std::move(*outcome));
  };
  writer_.submit(job, answer, options);
}

void DocumentWrites::writeFile(FileWrite file) {
  bool ended = false;
  {
    MutexLock lock(mutex_);
    ended = ended_;
    if (!ended) files_.push_back(std::move(file));
  }
  if (ended) return file.done(closedError());
  beginNext();
}

void DocumentWrites::beginNext() {
  std::shared_ptr<FileWrite> next;
  {
    MutexLock lock(mutex_);
    if (busy_ || files_.empty()) return;
    busy_ = true;
    next = std::make_shared<FileWrite>(std::move(files_.front()));
    files_.pop_front();
  }
  planFile(next);
}

// Looks at the row where rows are written, so that it is the latest one.
void DocumentWrites::planFile(const std::shared_ptr<FileWrite>& file) {
  const auto plan = std::make_shared<CollectionWriter::Plan>();
  const auto job = [this, plan, file](Connection& connection) -> Result<void> {
    auto rows = this->rows(connection);
    if (!rows) return std::move(rows).error();
    auto planned = (*rows)->plan(file->write);
    if (!planned) return std::move(planned).error();
    *plan = std::move(planned).value();
    if (plan->refused || file->write.kind != Kind::kInsert) return {};
    auto broken = checkBrokenFile(connection, file->write);
    if (!broken) return std::move(broken).error();
    if (*broken) plan->refused = WriteRefusal{std::move(**broken), std::nullopt};
    return {};
  };
  const auto done = [this, plan, file](const Result<void>& result) {
    if (!result) return finish(file, result.error());
    carryOut(file, std::move(*plan));
  };
  writer_.submit(job, done, Durability::kNormal);
}

void DocumentWrites::carryOut(const std::shared_ptr<FileWrite>& file, CollectionWriter::Plan plan) {
  const auto engine = folders_.engine();
  if (!engine) return finish(file, closedError());
  if (!plan.refused) {
    if (auto wrong = checkForFile(file->write)) plan.refused = {std::move(*wrong), plan.current};
  }
  if (plan.refused || plan.nothingToDo) {
    return finish(file, WriteOutcome{std::nullopt, std::move(plan.refused)});
  }
  const DocumentWrite& write = file->write;
  if (write.kind != Kind::kDelete) {
    return engine->save(write.type, write.id, plan.json,
                        [this, file](Result<StoredDocument> saved) {
                          if (!saved) return finish(file, std::move(saved).error());
                          finish(file, WriteOutcome{std::move(saved).value(), std::nullopt});
                        });
  }
  if (!plan.current->filePath) {
    // From before the type had a folder.
    return writeRow(write, file->options, [this, file](Result<WriteOutcome> outcome) {
      finish(file, std::move(outcome));
    });
  }
  engine->remove(write.type, write.id,
                 [this, file, current = std::move(plan.current)](Result<bool> removed) {
                   if (!removed) return finish(file, std::move(removed).error());
                   finish(file, WriteOutcome{*removed ? current : std::nullopt, std::nullopt});
                 });
}

void DocumentWrites::finish(const std::shared_ptr<FileWrite>& file, Result<WriteOutcome> outcome) {
  file->done(std::move(outcome));
  {
    MutexLock lock(mutex_);
    busy_ = false;
  }
  beginNext();
}

bool DocumentWrites::hasEnded() {
  MutexLock lock(mutex_);
  return ended_;
}

// A slice that fails, for want of room perhaps, is not tried again until the database is opened
// anew, or full text is asked for again.
void DocumentWrites::fillSearch() {
  if (hasEnded()) return;
  const auto more = std::make_shared<bool>(false);
  const auto job = [this, more](Connection& connection) -> Result<void> {
    const auto end = clock_.now() + Writer::kSlice;
    auto filled = ::fsdb::fillSearch(connection, [&] { return clock_.now() < end; });
    if (!filled) return std::move(filled).error();
    *more = *filled;
    return {};
  };
  const auto done = [this, more](const Result<void>& result) {
    if (result && *more) fillSearch();
  };
  writer_.submit(job, done, Durability::kNormal);
}

void DocumentWrites::end() {
  std::deque<FileWrite> waiting;
  {
    MutexLock lock(mutex_);
    ended_ = true;
    waiting.swap(files_);
  }
  for (const auto& file : waiting) file.done(closedError());
}

void DocumentWrites::release() {
  (void)writer_.run(
      [this](Connection&) -> Result<void> {
        rows_.reset();
        return {};
      },
      Durability::kNormal);
}

}  // namespace fsdb
