#include "sync/error_log.h"

#include <algorithm>
#include <utility>

namespace fsdb {

bool ErrorLog::add(const FileError& error, SteadyTime now) {
  MutexLock lock(mutex_);
  const Key key{error.type, error.filePath};
  const auto known = errors_.find(key);
  const bool news = known == errors_.end() || known->second.error != error.error;
  errors_.insert_or_assign(key, error);
  if (error.nextRetryAt) {
    retries_.insert_or_assign(key, now + error.retryAfter);
  } else {
    retries_.erase(key);
  }
  return news;
}

void ErrorLog::replace(const std::vector<FileError>& errors, SteadyTime now) {
  MutexLock lock(mutex_);
  errors_.clear();
  retries_.clear();
  for (const auto& error : errors) {
    Key key{error.type, error.filePath};
    if (error.nextRetryAt) retries_.insert_or_assign(key, now + error.retryAfter);
    errors_.insert_or_assign(std::move(key), error);
  }
}

void ErrorLog::remove(const Key& key) {
  MutexLock lock(mutex_);
  errors_.erase(key);
  retries_.erase(key);
}

std::vector<ErrorLog::Key> ErrorLog::takeDue(SteadyTime now) {
  MutexLock lock(mutex_);
  std::vector<Key> due;
  for (auto it = retries_.begin(); it != retries_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    due.push_back(it->first);
    it = retries_.erase(it);
  }
  return due;
}

std::optional<SteadyTime> ErrorLog::nextDeadline() const {
  MutexLock lock(mutex_);
  const auto first =
      std::min_element(retries_.begin(), retries_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (first == retries_.end()) return std::nullopt;
  return first->second;
}

std::vector<FileError> ErrorLog::all() const {
  MutexLock lock(mutex_);
  std::vector<FileError> all;
  all.reserve(errors_.size());
  for (const auto& [key, error] : errors_) all.push_back(error);
  return all;
}

void ErrorLog::reconcile(const std::vector<FileError>& errors, SteadyTime now) {
  MutexLock lock(mutex_);
  std::map<Key, FileError> before = std::exchange(errors_, {});
  std::map<Key, SteadyTime> retries = std::exchange(retries_, {});
  for (const auto& error : errors) {
    Key key{error.type, error.filePath};
    const auto known = before.find(key);
    const bool same = known != before.end() && known->second.error == error.error;
    if (same) {
      const auto retry = retries.find(key);
      if (retry != retries.end()) retries_.insert(*retry);
    } else if (error.nextRetryAt) {
      retries_.insert_or_assign(key, now + error.retryAfter);
    }
    errors_.insert_or_assign(std::move(key), same ? std::move(known->second) : error);
  }
}

std::optional<Error> ErrorLog::find(const Key& key) const {
  MutexLock lock(mutex_);
  const auto found = errors_.find(key);
  if (found == errors_.end()) return std::nullopt;
  return found->second.error;
}

size_t ErrorLog::waiting() const {
  MutexLock lock(mutex_);
  return retries_.size();
}

}  // namespace fsdb
