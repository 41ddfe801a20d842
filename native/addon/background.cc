#include "addon/background.h"

#include <utility>

namespace fsdb {

void Background::post(Task task) {
  {
    MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notifyOne();
  if (started_) return;
  started_ = true;
  thread_ = Thread(name_, [this] { work(); });
}

void Background::finish() {
  if (!started_) return;
  {
    MutexLock lock(mutex_);
    finishing_ = true;
  }
  wake_.notifyOne();
  thread_.join();
  started_ = false;
  MutexLock lock(mutex_);
  finishing_ = false;
}

void Background::work() {
  while (true) {
    Task task;
    {
      MutexLock lock(mutex_);
      while (tasks_.empty() && !finishing_) wake_.wait(mutex_);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace fsdb
