#include "sync/status_board.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace fsdb {

void StatusBoard::setState(SyncState state) {
  {
    MutexLock lock(mutex_);
    if (status_.state == state) return;
    status_.state = state;
  }
  listener_.onState(state);
}

void StatusBoard::setLeader(bool leads, std::optional<int64_t> pid) {
  MutexLock lock(mutex_);
  status_.leader = leads;
  status_.leaderPid = pid;
}

void StatusBoard::setGeneration(int64_t generation) {
  MutexLock lock(mutex_);
  status_.generation = generation;
}

void StatusBoard::countRescan() {
  MutexLock lock(mutex_);
  status_.rescans++;
}

void StatusBoard::setDegraded(std::vector<std::string> reasons) {
  MutexLock lock(mutex_);
  status_.degraded = std::move(reasons);
}

void StatusBoard::publish(const SharedReport& report) {
  {
    MutexLock lock(mutex_);
    status_.lastSync = report;
  }
  listener_.onSync(report);
}

int64_t StatusBoard::note(const std::vector<FileVerdict>& verdicts, SteadyTime now) {
  std::map<ErrorLog::Key, const FileVerdict*> last;
  for (const auto& verdict : verdicts) last[{verdict.type, verdict.path}] = &verdict;
  int64_t failed = 0;
  for (const auto& [key, verdict] : last) {
    if (!verdict->error) {
      errors_.remove(key);
      continue;
    }
    failed++;
    if (errors_.add(*verdict->error, now)) listener_.onFileError(*verdict->error);
  }
  return failed;
}

void StatusBoard::noteProblems(const std::vector<FileError>& found,
                               const std::function<bool(const FileError&)>& wasLookedAt,
                               SteadyTime now) {
  std::map<ErrorLog::Key, FileError> before;
  for (auto& problem : problems_.all()) {
    if (!wasLookedAt(problem)) continue;
    ErrorLog::Key key{problem.type, problem.filePath};
    problems_.remove(key);
    before.emplace(std::move(key), std::move(problem));
  }
  for (FileError problem : found) {
    const auto known = before.find({problem.type, problem.filePath});
    if (known != before.end()) {
      problem.since = known->second.since;
      problem.attempts = known->second.attempts + 1;
    }
    problems_.add(problem, now);
    if (known == before.end() || known->second.error != problem.error) {
      listener_.onFileError(problem);
    }
  }
}

std::vector<ErrorLog::Key> StatusBoard::takeRetries(SteadyTime now) {
  auto due = errors_.takeDue(now);
  for (auto& key : problems_.takeDue(now)) due.push_back(std::move(key));
  return due;
}

std::optional<SteadyTime> StatusBoard::nextRetry() const {
  const auto file = errors_.nextDeadline();
  const auto problem = problems_.nextDeadline();
  if (!file) return problem;
  if (!problem) return file;
  return std::min(*file, *problem);
}

SyncStatus StatusBoard::read() const {
  SyncStatus status;
  {
    MutexLock lock(mutex_);
    status = status_;
  }
  status.errors = errors_.all();
  for (auto& problem : problems_.all()) status.errors.push_back(std::move(problem));
  std::sort(status.errors.begin(), status.errors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.type, a.filePath) < std::tie(b.type, b.filePath);
  });
  status.pending = static_cast<int64_t>(errors_.waiting() + problems_.waiting());
  return status;
}

}  // namespace fsdb
