#include <algorithm>
#include <map>
#include <set>

#include "base/mutex.h"
#include "base/thread.h"
#include "files/watch_table.h"
#include "files/watcher.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

class PollWatcher final : public Watcher {
 public:
  PollWatcher(HintSink sink, const Clock& clock, milliseconds interval);
  ~PollWatcher() override;
  PollWatcher(const PollWatcher&) = delete;
  PollWatcher& operator=(const PollWatcher&) = delete;

  void watch(size_t source, int directoryFd, const std::string& path) override EXCLUDES(mutex_);
  void watchFile(size_t, int, const std::string&) override {}  // every pass sees every file
  void unwatch(size_t source, const std::string& path) override EXCLUDES(mutex_);
  void flush() override EXCLUDES(mutex_);
  void setPollInterval(milliseconds interval) override EXCLUDES(mutex_);
  WatcherStatus status() const override EXCLUDES(mutex_);

 private:
  void run() EXCLUDES(mutex_);
  std::vector<size_t> waitForPass() EXCLUDES(mutex_);

  const HintSink sink_;
  const Clock& clock_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::map<size_t, std::set<std::string, PathOrder>> sources_ GUARDED_BY(mutex_);
  milliseconds interval_ GUARDED_BY(mutex_);
  SteadyTime lastPass_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  uint64_t flushAsked_ GUARDED_BY(mutex_) = 0;
  uint64_t flushStarted_ GUARDED_BY(mutex_) = 0;
  uint64_t flushDone_ GUARDED_BY(mutex_) = 0;

  Thread thread_;
};

PollWatcher::PollWatcher(HintSink sink, const Clock& clock, milliseconds interval)
    : sink_(std::move(sink)),
      clock_(clock),
      interval_(interval),
      lastPass_(clock.now()),
      thread_("fsdb-watch", [this] { run(); }) {}

PollWatcher::~PollWatcher() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notifyAll();
  }
  thread_.join();
}

void PollWatcher::watch(size_t source, int, const std::string& path) {
  MutexLock lock(mutex_);
  sources_[source].insert(path);
}

void PollWatcher::unwatch(size_t source, const std::string& path) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return;
  auto& paths = found->second;
  const auto begin = paths.lower_bound(path);
  const auto end = std::find_if_not(
      begin, paths.end(), [&](const std::string& entry) { return isWithin(entry, path); });
  paths.erase(begin, end);
  if (path.empty()) sources_.erase(found);
}

// There is no event to wait for: everything is hinted once more.
void PollWatcher::flush() {
  MutexLock lock(mutex_);
  const uint64_t number = ++flushAsked_;
  changed_.notifyAll();
  while (flushDone_ < number) changed_.wait(mutex_);
}

void PollWatcher::setPollInterval(milliseconds interval) {
  MutexLock lock(mutex_);
  interval_ = interval;
  changed_.notifyAll();
}

WatcherStatus PollWatcher::status() const {
  WatcherStatus status;
  status.backend = "poll";
  MutexLock lock(mutex_);
  for (const auto& [source, paths] : sources_) status.polled += static_cast<int64_t>(paths.size());
  return status;
}

void PollWatcher::run() {
  while (true) {
    const std::vector<size_t> sources = waitForPass();
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    for (const size_t source : sources) {
      sink_(source, Hint{"", HintScope::kSubtree, HintKind::kSettled, 0});
    }
    MutexLock lock(mutex_);
    flushDone_ = flushStarted_;
    changed_.notifyAll();
  }
}

// Returns the sources to hint at when the interval is over or somebody waits in flush().
std::vector<size_t> PollWatcher::waitForPass() {
  MutexLock lock(mutex_);
  while (!stopping_ && flushAsked_ == flushDone_ && clock_.now() < lastPass_ + interval_) {
    clock_.waitUntil(changed_, mutex_, lastPass_ + interval_);
  }
  lastPass_ = clock_.now();
  flushStarted_ = flushAsked_;
  std::vector<size_t> numbers;
  for (const auto& [number, paths] : sources_) numbers.push_back(number);
  return numbers;
}

}  // namespace

std::unique_ptr<Watcher> createPollWatcher(HintSink sink, const Clock& clock,
                                           milliseconds interval) {
  return std::make_unique<PollWatcher>(std::move(sink), clock, interval);
}

}  // namespace fsdb
