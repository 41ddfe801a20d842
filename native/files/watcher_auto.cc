// The watcher that fits each source: the system's events where they can be trusted, a timer where
// they cannot.
#include <linux/magic.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include "base/mutex.h"
#include "files/watcher.h"

namespace fsdb {
namespace {

// File systems that other machines, the host of a virtual machine or a user's program change
// without this kernel hearing of it. <linux/magic.h> does not name them all.
constexpr std::array<unsigned long, 13> kSilentFileSystems{
    NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC, V9FS_MAGIC,
    AFS_SUPER_MAGIC, AFS_FS_MAGIC,    CEPH_SUPER_MAGIC, FUSE_SUPER_MAGIC, CODA_SUPER_MAGIC,
    0x0BD00BD0UL,  // Lustre
    0x786F4256UL,  // VirtualBox shared folders
    0xBACBACBCUL,  // VMware shared folders
};

bool isSilent(int directoryFd) {
  struct statfs about {};
  while (::fstatfs(directoryFd, &about) != 0) {
    if (errno != EINTR) return false;
  }
  // Some systems sign-extend the 32 bits.
  const auto magic = static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL;
  for (const unsigned long silent : kSilentFileSystems) {
    if (magic == silent) return true;
  }
  return false;
}

class AutoWatcher final : public Watcher {
 public:
  AutoWatcher(std::unique_ptr<Watcher> events, std::unique_ptr<Watcher> timer, std::string reason)
      : events_(std::move(events)), timer_(std::move(timer)), reason_(std::move(reason)) {}

  void watch(size_t source, int directoryFd, const std::string& path) override {
    if (!events_) return timer_->watch(source, directoryFd, path);
    events_->watch(source, directoryFd, path);
    if (path.empty()) chooseTimer(source, directoryFd);
  }

  void watchFile(size_t source, int fileFd, const std::string& path) override {
    if (events_) events_->watchFile(source, fileFd, path);
  }

  void unwatch(size_t source, const std::string& path) override {
    if (events_) events_->unwatch(source, path);
    timer_->unwatch(source, path);
  }

  void flush() override {
    if (events_) events_->flush();
    timer_->flush();
  }

  void settle() override {
    if (events_) events_->settle();
  }

  void setPollInterval(std::chrono::milliseconds interval) override {
    if (events_) events_->setPollInterval(interval);
    timer_->setPollInterval(interval);
  }

  WatcherStatus status() const override EXCLUDES(mutex_) {
    WatcherStatus status = events_ ? events_->status() : timer_->status();
    if (!reason_.empty()) status.degraded.push_back(reason_);
    MutexLock lock(mutex_);
    if (!timed_.empty()) {
      status.degraded.push_back(
          std::to_string(timed_.size()) +
          " source(s) lie on a network or user-space file system, which does not tell of all "
          "changes: they are polled, too");
    }
    return status;
  }

 private:
  // A source's directory may have come back on another file system.
  void chooseTimer(size_t source, int directoryFd) EXCLUDES(mutex_) {
    const bool silent = isSilent(directoryFd);
    {
      MutexLock lock(mutex_);
      if (silent ? !timed_.insert(source).second : timed_.erase(source) == 0) return;
    }
    if (silent) {
      timer_->watch(source, directoryFd, "");
    } else {
      timer_->unwatch(source, "");
    }
  }

  const std::unique_ptr<Watcher> events_;  // null: the system has none to give
  const std::unique_ptr<Watcher> timer_;
  const std::string reason_;  // why there are no events
  mutable Mutex mutex_;
  std::set<size_t> timed_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Watcher> createAutoWatcher(const HintSink& sink, const Clock& clock,
                                           std::chrono::milliseconds pollInterval) {
  auto timer = createPollWatcher(sink, clock, pollInterval);
  auto events = createInotifyWatcher(sink, clock, pollInterval);
  if (events) {
    return std::make_unique<AutoWatcher>(std::move(events).value(), std::move(timer), "");
  }
  return std::make_unique<AutoWatcher>(
      nullptr, std::move(timer),
      "folders are polled: the system watches none for us: " + events.error().message);
}

}  // namespace fsdb
