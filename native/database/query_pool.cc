#include "database/query_pool.h"

#include <algorithm>
#include <string>
#include <utility>

namespace fsdb {
namespace {

Error closedError() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "query: the database was closed";
  return error;
}

Error tooManyStreams() {
  Error error;
  error.code = ErrorCode::kLimit;
  error.message = "stream: " + std::to_string(QueryPool::kMaxStreams) +
                  " streams on the file are open already: end one by `break` or return()";
  return error;
}

}  // namespace

QueryPool::QueryPool(Connect connect, const Clock& clock)
    : connect_(std::move(connect)), clock_(clock) {}

void QueryPool::submit(const std::shared_ptr<QueryRun>& run) {
  const auto job = std::make_shared<Job>();
  job->run = run;
  run->onResume([pool = weak_from_this(), waiting = std::weak_ptr(job)] {
    const auto alive = pool.lock();
    const auto parked = waiting.lock();
    if (alive && parked) alive->resume(parked);
  });
  std::optional<Error> refused;
  {
    MutexLock lock(mutex_);
    if (closed_) {
      refused = closedError();
    } else if (run->isStreaming() && streams_ == kMaxStreams) {
      refused = tooManyStreams();
    } else {
      if (run->isStreaming()) streams_++;
      jobs_.insert(job);
      enqueue(job);
    }
  }
  if (refused) run->fail(*refused);
}

void QueryPool::resume(const std::shared_ptr<Job>& job) {
  MutexLock lock(mutex_);
  if (!jobs_.contains(job)) return;
  if (job->inHand) {
    job->resumed = true;
  } else {
    enqueue(job);
  }
}

void QueryPool::enqueue(std::shared_ptr<Job> job) {
  queue_.push_back(std::move(job));
  if (idle_ < queue_.size()) startThread();
  wake_.notifyOne();
}

size_t QueryPool::running() {
  return static_cast<size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.running; }));
}

void QueryPool::startThread() {
  for (size_t i = 0; i < slots_.size(); i++) {
    if (slots_[i].running || closed_) continue;
    slots_[i].running = true;
    // One that was there before has ended but for its last instructions.
    slots_[i].thread = Thread("fsdb-query", [this, i] { work(i); });
    return;
  }
}

void QueryPool::work(size_t slot) {
  while (const auto job = nextJob(slot)) {
    if (auto connected = connect(*job); !connected) {
      job->run->fail(connected.error());
      afterTurn(job, QueryRun::Next::kDone);
      continue;
    }
    afterTurn(job, job->run->work(*job->connection->connection, *job->connection->authorizer,
                                  clock_, clock_.now() + kTurn));
  }
  endThread(slot);
}

// Null: the thread is to end.
std::shared_ptr<QueryPool::Job> QueryPool::nextJob(size_t slot) {
  MutexLock lock(mutex_);
  const auto deadline = clock_.now() + kIdle;
  while (true) {
    if (!closed_) {
      if (auto job = takeReadyJob()) return job;
    }
    // What waits for a connection gets it from the thread that has it.
    if (closed_ || clock_.now() >= deadline) {
      slots_[slot].running = false;
      return nullptr;
    }
    idle_++;
    clock_.waitUntil(wake_, mutex_, deadline);
    idle_--;
  }
}

// The first that has a connection, or can have one.
std::shared_ptr<QueryPool::Job> QueryPool::takeReadyJob() {
  const bool more = !free_.empty() || connections_ < kMaxConnections;
  const auto ready = std::find_if(queue_.begin(), queue_.end(), [&](const auto& job) {
    return more || job->connection != nullptr;
  });
  if (ready == queue_.end()) return nullptr;
  auto job = std::move(*ready);
  queue_.erase(ready);
  job->inHand = true;
  return job;
}

Result<void> QueryPool::connect(Job& job) {
  if (job.connection) return {};
  {
    MutexLock lock(mutex_);
    if (!free_.empty()) {
      job.connection = std::move(free_.back());
      free_.pop_back();
      return {};
    }
    connections_++;
  }
  auto connection = connect_();
  if (connection) {
    job.connection = std::move(connection).value();
    return {};
  }
  MutexLock lock(mutex_);
  connections_--;
  return std::move(connection).error();
}

void QueryPool::afterTurn(const std::shared_ptr<Job>& job, QueryRun::Next next) {
  if (next == QueryRun::Next::kDone) job->run->drop();
  MutexLock lock(mutex_);
  job->inHand = false;
  switch (next) {
    case QueryRun::Next::kParked:
      if (!std::exchange(job->resumed, false)) return;
      [[fallthrough]];
    case QueryRun::Next::kAgain:
      return enqueue(job);
    case QueryRun::Next::kDone:
      break;
  }
  jobs_.erase(job);
  if (job->run->isStreaming()) streams_--;
  if (!job->connection) return;
  free_.push_back(std::move(job->connection));
  wake_.notifyOne();
}

// The last thread closes the connections.
void QueryPool::endThread(size_t) {
  std::vector<std::unique_ptr<QueryConnection>> unused;
  MutexLock lock(mutex_);
  if (running() > 0) return;
  connections_ -= free_.size();
  unused.swap(free_);
}

void QueryPool::close() {
  std::set<std::shared_ptr<Job>> jobs;
  std::array<Thread, kThreads> threads;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    jobs = jobs_;
    for (size_t i = 0; i < kThreads; i++) threads[i] = std::move(slots_[i].thread);
    wake_.notifyAll();
  }
  for (const auto& job : jobs) job->run->fail(closedError());
  for (auto& thread : threads) thread.join();
  // Nobody runs them any more.
  for (const auto& job : jobs) {
    job->run->drop();
    job->connection.reset();
  }
  std::vector<std::unique_ptr<QueryConnection>> unused;
  MutexLock lock(mutex_);
  jobs_.clear();
  queue_.clear();
  unused.swap(free_);
  connections_ = 0;
  streams_ = 0;
}

size_t QueryPool::threads() {
  MutexLock lock(mutex_);
  return running();
}

size_t QueryPool::connections() {
  MutexLock lock(mutex_);
  return connections_;
}

}  // namespace fsdb
