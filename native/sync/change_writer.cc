#include "sync/change_writer.h"

#include <iterator>
#include <optional>

#include "base/mutex.h"
#include "documents/document_table.h"

namespace fsdb {
namespace {

// Changes per job of the writer, and their documents' bytes: about half a slice of its time.
constexpr size_t kJobChanges = ChangeWriter::kAtomic;
constexpr size_t kJobBytes = 4 << 20;

// One job is being written while the next one is being put together.
constexpr size_t kJobsInFlight = 2;

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
}

// The applier's statements belong to the writer's connection: it is created there, by the first
// job.
Result<void> ensureApplier(std::unique_ptr<ChangeApplier>& applier, Connection& connection) {
  if (applier) return {};
  auto created = ChangeApplier::create(connection);
  if (!created) return std::move(created).error();
  applier = std::move(created).value();
  return {};
}

}  // namespace

// What is on its way, and what has come of it.
struct ChangeWriter::Jobs {
  Mutex mutex;
  ConditionVariable progress;
  size_t waiting GUARDED_BY(mutex) = 0;      // not yet run
  size_t uncommitted GUARDED_BY(mutex) = 0;  // not yet done
  ApplyOutcome outcome GUARDED_BY(mutex);
  std::optional<Error> error GUARDED_BY(mutex);
};

// A job that has run makes room for the next one, before it is committed.
class ChangeWriter::Leaving {
 public:
  explicit Leaving(Jobs& jobs) : jobs_(jobs) {}
  ~Leaving() {
    MutexLock lock(jobs_.mutex);
    jobs_.waiting--;
    jobs_.progress.notifyAll();
  }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

 private:
  Jobs& jobs_;
};

ChangeWriter::ChangeWriter(Writer& writer, std::unique_ptr<ChangeApplier>& applier,
                           std::shared_ptr<ApplyContext> context, int64_t generation, bool isFirst)
    : writer_(writer),
      applier_(applier),
      context_(std::move(context)),
      generation_(generation),
      isFirst_(isFirst),
      jobs_(std::make_shared<Jobs>()) {}

ChangeWriter::~ChangeWriter() = default;

// Keeping an index over names, which come in no order, rewrites its pages again and again; making
// it at the end sorts it once. Where the application has written documents, it stays.
Result<void> ChangeWriter::beginBulk() {
  FSDB_TRY(writer_.run(&DocumentTable::dropNameIndexIfEmpty, Durability::kNormal));
  writer_.setBulk(true);
  return {};
}

Result<void> ChangeWriter::endBulk() {
  return writer_.run(
      [this](Connection& connection) -> Result<void> {
        FSDB_TRY(DocumentTable::createNameIndex(connection));
        FSDB_TRY(ensureApplier(applier_, connection));
        return applier_->finish(generation_, *context_);
      },
      Durability::kNormal);
}

Result<void> ChangeWriter::add(FileChange change) {
  batchBytes_ += change.json.size();
  batch_.push_back(std::move(change));
  if (batch_.size() < kJobChanges && batchBytes_ < kJobBytes) return {};
  submit();
  return waitForRoom();
}

void ChangeWriter::submit() {
  if (batch_.empty()) return;
  {
    MutexLock lock(jobs_->mutex);
    jobs_->waiting++;
    jobs_->uncommitted++;
  }
  const auto batch = std::make_shared<std::vector<FileChange>>(std::move(batch_));
  const auto outcome = std::make_shared<ApplyOutcome>();
  const auto ran = std::make_shared<bool>(false);  // the writer's thread's
  batch_.clear();
  batchBytes_ = 0;
  auto job = [batch, outcome, ran, jobs = jobs_, context = context_, isFirst = isFirst_,
              generation = generation_,
              &applier = applier_](Connection& connection) -> Result<void> {
    FSDB_TRY(ensureApplier(applier, connection));
    *outcome = {};
    *ran = true;
    const Leaving leaving(*jobs);
    FSDB_TRY(applier->apply(*batch, *context, *outcome));
    if (isFirst || !outcome->changedAnything()) return {};
    return applier->finish(generation, *context);
  };
  auto done = [outcome, ran, jobs = jobs_](const Result<void>& result) {
    MutexLock lock(jobs->mutex);
    if (!*ran) jobs->waiting--;
    jobs->uncommitted--;
    if (result) {
      jobs->outcome.added.append(outcome->added);
      jobs->outcome.changed.append(outcome->changed);
      jobs->outcome.removed.append(outcome->removed);
      append(jobs->outcome.renamed, std::move(outcome->renamed));
      append(jobs->outcome.verdicts, std::move(outcome->verdicts));
      append(jobs->outcome.lookAgain, std::move(outcome->lookAgain));
    } else if (!jobs->error) {
      jobs->error = result.error();
    }
    jobs->progress.notifyAll();
  };
  writer_.submit(std::move(job), std::move(done), Durability::kNormal);
}

Result<void> ChangeWriter::waitForRoom() {
  MutexLock lock(jobs_->mutex);
  while (jobs_->waiting >= kJobsInFlight) jobs_->progress.wait(jobs_->mutex);
  if (jobs_->error) return *jobs_->error;
  return {};
}

Result<void> ChangeWriter::wait() {
  if (isFirst_) writer_.setBulk(false);
  MutexLock lock(jobs_->mutex);
  while (jobs_->uncommitted > 0) jobs_->progress.wait(jobs_->mutex);
  if (jobs_->error) return *jobs_->error;
  return {};
}

std::vector<std::pair<std::string, std::string>> ChangeWriter::takeLookAgain() {
  MutexLock lock(jobs_->mutex);
  return std::exchange(jobs_->outcome.lookAgain, {});
}

ApplyOutcome ChangeWriter::takeOutcome() {
  MutexLock lock(jobs_->mutex);
  return std::exchange(jobs_->outcome, {});
}

}  // namespace fsdb
