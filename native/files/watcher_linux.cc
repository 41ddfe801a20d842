#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <unordered_set>

#include "base/mutex.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "files/inotify_events.h"
#include "files/inotify_limits.h"
#include "files/watch_table.h"
#include "files/watcher.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

// Large, so that a storm costs few system calls: 8,192 events with short names.
constexpr size_t kReadBytes = size_t{256} * 1024;

// Each watch that is removed queues one event, and a queue holds 16,384 (the default of
// fs.inotify.max_queued_events): removing more at once would overflow it, and the rescan that
// follows might do the same again.
constexpr size_t kMaxRemovals = 1024;

using Batch = std::vector<std::pair<size_t, Hint>>;

// The way to an open file that no rename can change and no length limits.
std::string pathOfFd(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// The last component of the path that `fd` was opened as, or has now; empty if it has none.
std::string baseNameOf(int fd) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(pathOfFd(fd).c_str(), target.data(), target.size());
  if (length <= 0) return {};
  const std::string_view path(target.data(), static_cast<size_t>(length));
  return std::string(path.substr(path.rfind('/') + 1));
}

class InotifyWatcher final : public Watcher {
 public:
  struct Descriptors {
    UniqueFd inotify;
    UniqueFd wake;
    UniqueFd mounts;  // may be none
  };

  InotifyWatcher(Descriptors fds, HintSink sink, const Clock& clock, milliseconds pollInterval);
  ~InotifyWatcher() override;
  InotifyWatcher(const InotifyWatcher&) = delete;
  InotifyWatcher& operator=(const InotifyWatcher&) = delete;

  void watch(size_t source, int directoryFd, const std::string& path) override EXCLUDES(mutex_);
  void watchFile(size_t source, int fileFd, const std::string& path) override EXCLUDES(mutex_);
  void unwatch(size_t source, const std::string& path) override EXCLUDES(mutex_);
  void flush() override EXCLUDES(mutex_);
  void settle() override { flush(); }
  void setPollInterval(milliseconds interval) override EXCLUDES(mutex_);
  WatcherStatus status() const override EXCLUDES(mutex_);

 private:
  struct Orders {
    bool stop = false;
    uint64_t flush = 0;  // the number of the last flush() that was asked for
  };

  // On the callers' threads.
  void watchPlace(const WatchTable::Place& place, int fd) EXCLUDES(mutex_);
  bool tryWatch(const WatchTable::Place& place, int fd) EXCLUDES(mutex_);
  int addWatch(const std::string& target, uint32_t events) REQUIRES(mutex_);
  void watchRootName(size_t source, int rootFd) REQUIRES(mutex_);
  void release(const WatchTable::Descriptors& released) REQUIRES(mutex_);
  void wake();

  // On the watcher's thread.
  void run() EXCLUDES(mutex_);
  int pollTimeout() const EXCLUDES(mutex_);
  Orders takeOrders() EXCLUDES(mutex_);
  void drain(bool toTheEnd) EXCLUDES(mutex_);
  void translate(size_t bytes) REQUIRES(mutex_);
  void translate(const inotify_event& event) REQUIRES(mutex_);
  void hintEverything() REQUIRES(mutex_);
  void hintPolled() REQUIRES(mutex_);
  void hintByTheWay(bool areMountsChanged) EXCLUDES(mutex_);
  void push(size_t source, Hint hint);
  void deliver();

  const Descriptors fds_;
  const HintSink sink_;
  const Clock& clock_;

  // Of the watcher's thread alone.
  std::vector<char> buffer_;
  Batch batch_;

  mutable Mutex mutex_;
  ConditionVariable flushed_;
  WatchTable table_ GUARDED_BY(mutex_);
  // Descriptors that we gave back and whose last events may still be in the queue.
  std::unordered_set<int> retired_ GUARDED_BY(mutex_);
  milliseconds pollInterval_ GUARDED_BY(mutex_);
  SteadyTime lastPoll_ GUARDED_BY(mutex_);
  int64_t overflows_ GUARDED_BY(mutex_) = 0;
  int refusedFile_ GUARDED_BY(mutex_) = 0;  // errno, or EDQUOT for our own limit
  bool stopping_ GUARDED_BY(mutex_) = false;
  uint64_t flushAsked_ GUARDED_BY(mutex_) = 0;
  uint64_t flushDone_ GUARDED_BY(mutex_) = 0;

  Thread thread_;
};

InotifyWatcher::InotifyWatcher(Descriptors fds, HintSink sink, const Clock& clock,
                               milliseconds pollInterval)
    : fds_(std::move(fds)),
      sink_(std::move(sink)),
      clock_(clock),
      buffer_(kReadBytes),
      pollInterval_(pollInterval),
      lastPoll_(clock.now()),
      thread_("fsdb-watch", [this] { run(); }) {}

InotifyWatcher::~InotifyWatcher() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake();
  }
  thread_.join();
}

// The lock is held over the system call: an event of the new watch must not be read before the
// table knows the descriptor, and another thread must not give back the descriptor that the call
// has just returned because another path had it. The call does not reach the disk.
int InotifyWatcher::addWatch(const std::string& target, uint32_t events) {
  // IN_MASK_ADD: two places with one inode may ask for different events.
  const int descriptor =
      ::inotify_add_watch(fds_.inotify.get(), target.c_str(), events | IN_MASK_ADD);
  return descriptor < 0 ? -errno : descriptor;
}

void InotifyWatcher::watch(size_t source, int directoryFd, const std::string& path) {
  watchPlace({source, path, WatchTable::Role::kDirectory}, directoryFd);
}

void InotifyWatcher::watchFile(size_t source, int fileFd, const std::string& path) {
  watchPlace({source, path, WatchTable::Role::kFile}, fileFd);
}

void InotifyWatcher::watchPlace(const WatchTable::Place& place, int fd) {
  // Something else than before has this path: what is watched below it belongs to the old one.
  while (!tryWatch(place, fd)) unwatch(place.source, std::string(place.path));
}

// False if the path is still watched as another inode.
bool InotifyWatcher::tryWatch(const WatchTable::Place& place, int fd) {
  const bool isFile = place.role == WatchTable::Role::kFile;
  MutexLock lock(mutex_);
  const std::optional<int> before = table_.descriptorOf(place.source, place.path);
  if (isFile && !before && table_.files() >= kMaxFileWatches) {
    refusedFile_ = EDQUOT;
    return true;
  }
  const int descriptor =
      addWatch(pathOfFd(fd), isFile ? kFileEvents : kDirectoryEvents | IN_ONLYDIR | IN_EXCL_UNLINK);
  if (!isFile && place.path.empty()) watchRootName(place.source, fd);
  if (before == descriptor) return true;
  if (before.value_or(0) > 0) {
    if (descriptor > 0 && !table_.contains(descriptor)) release({descriptor});
    return false;
  }
  if (isFile) refusedFile_ = descriptor < 0 ? -descriptor : 0;
  if (isFile && descriptor < 0) return true;
  if (descriptor < 0 && table_.polled() == 0) {
    lastPoll_ = clock_.now();
    wake();  // the thread waits without a timeout
  }
  WatchTable::Descriptors released;
  table_.add(place, descriptor, released);
  release(released);
  return true;
}

// Deleting the root of a source sends no event of its own while somebody holds it open, as we do;
// and its return is told to nobody but its parent. If the parent cannot be watched, the caller's
// own look at the root has to do.
void InotifyWatcher::watchRootName(size_t source, int rootFd) {
  const std::string name = baseNameOf(rootFd);
  if (name.empty()) return;
  const int descriptor =
      addWatch(pathOfFd(rootFd) + "/..", kRootNameEvents | IN_ONLYDIR | IN_EXCL_UNLINK);
  if (descriptor < 0) return;
  WatchTable::Descriptors released;
  table_.add({source, name, WatchTable::Role::kRootName}, descriptor, released);
  release(released);
}

void InotifyWatcher::unwatch(size_t source, const std::string& path) {
  while (true) {
    {
      MutexLock lock(mutex_);
      WatchTable::Descriptors released;
      const bool more = table_.remove(source, path, kMaxRemovals, released);
      release(released);
      if (!more) return;
    }
    flush();
  }
}

void InotifyWatcher::release(const WatchTable::Descriptors& released) {
  for (const int descriptor : released) {
    // Fails if the system has ended the watch already; its events are still on the way then.
    ::inotify_rm_watch(fds_.inotify.get(), descriptor);
    retired_.insert(descriptor);
  }
}

// inotify queues an event before the system call that caused it returns, so all that happened
// before is in the queue now: no file needs to be written to find out.
void InotifyWatcher::flush() {
  MutexLock lock(mutex_);
  const uint64_t number = ++flushAsked_;
  wake();
  while (flushDone_ < number) flushed_.wait(mutex_);
}

void InotifyWatcher::setPollInterval(milliseconds interval) {
  MutexLock lock(mutex_);
  pollInterval_ = interval;
  wake();
}

WatcherStatus InotifyWatcher::status() const {
  WatcherStatus status;
  status.backend = "inotify";
  std::map<int, size_t> polled;
  int refusedFile = 0;
  size_t watched = 0;
  {
    MutexLock lock(mutex_);
    status.directories = static_cast<int64_t>(table_.directories());
    status.polled = static_cast<int64_t>(table_.polled());
    status.overflows = overflows_;
    polled = table_.polledByReason();
    refusedFile = refusedFile_;
    watched = table_.directories() + table_.files();
  }
  for (const auto& [reason, count] : polled) {
    status.degraded.push_back(describePolled(reason, count, watched));
  }
  if (refusedFile != 0) status.degraded.push_back(describeUnwatchedFiles(refusedFile));
  if (!fds_.mounts) {
    status.degraded.push_back(
        "mounts and unmounts are not noticed: /proc/self/mountinfo cannot be opened");
  }
  return status;
}

void InotifyWatcher::wake() {
  const uint64_t one = 1;
  // Can only fail if the counter is full, and then the thread is awake.
  if (::write(fds_.wake.get(), &one, sizeof one) < 0) return;
}

void InotifyWatcher::run() {
  while (true) {
    // The mounts after the wake-up call: what was mounted before flush() is seen with it.
    std::array<pollfd, 3> fds{{{fds_.wake.get(), POLLIN, 0},
                               {fds_.inotify.get(), POLLIN, 0},
                               {fds_.mounts.get(), POLLPRI, 0}}};
    ::poll(fds.data(), fds.size(), pollTimeout());
    const Orders orders = takeOrders();
    if (orders.stop) return;
    if (fds[1].revents != 0 || orders.flush != 0) drain(orders.flush != 0);
    hintByTheWay(fds[2].revents != 0);
    if (orders.flush == 0) continue;
    MutexLock lock(mutex_);
    flushDone_ = orders.flush;
    flushed_.notifyAll();
  }
}

// Milliseconds until the polled directories are due, rounded up; -1: none are polled.
int InotifyWatcher::pollTimeout() const {
  const SteadyTime now = clock_.now();
  MutexLock lock(mutex_);
  if (table_.polled() == 0) return -1;
  const auto left = std::chrono::ceil<milliseconds>(lastPoll_ + pollInterval_ - now).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
}

InotifyWatcher::Orders InotifyWatcher::takeOrders() {
  uint64_t count = 0;
  const bool isWoken = ::read(fds_.wake.get(), &count, sizeof count) > 0;
  MutexLock lock(mutex_);
  Orders orders;
  orders.stop = stopping_;
  if (isWoken && flushAsked_ > flushDone_) orders.flush = flushAsked_;
  return orders;
}

// Reads what is in the queue now, once or to the end. Not until it is empty: under a storm that
// might never be.
void InotifyWatcher::drain(bool toTheEnd) {
  int queued = 0;
  if (toTheEnd) ::ioctl(fds_.inotify.get(), FIONREAD, &queued);
  do {
    const ssize_t bytes = ::read(fds_.inotify.get(), buffer_.data(), buffer_.size());
    if (bytes <= 0) return;
    queued -= static_cast<int>(bytes);
    {
      MutexLock lock(mutex_);
      translate(static_cast<size_t>(bytes));
    }
    deliver();
  } while (queued > 0);
}

void InotifyWatcher::translate(size_t bytes) {
  for (size_t offset = 0; offset < bytes;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(buffer_.data() + offset);
    translate(event);
    offset += sizeof event + event.len;
  }
  if (retired_.empty()) return;
  // Nobody can give descriptors back while we hold the lock, and nothing is left of those before.
  int queued = 0;
  if (::ioctl(fds_.inotify.get(), FIONREAD, &queued) == 0 && queued == 0) retired_.clear();
}

void InotifyWatcher::translate(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    ++overflows_;
    return hintEverything();
  }
  if (!table_.contains(event.wd)) {
    // A descriptor that is neither ours nor was: doubt widens.
    if (retired_.count(event.wd) == 0) hintEverything();
    return;
  }
  table_.forEachPlace(event.wd, [&](const WatchTable::Place& place) {
    if (std::optional<Hint> hint = hintOf(event, place)) push(place.source, *std::move(hint));
  });
  if ((event.mask & IN_IGNORED) != 0) table_.drop(event.wd);
}

void InotifyWatcher::hintEverything() {
  for (const size_t source : table_.sources()) {
    push(source, Hint{"", HintScope::kSubtree, HintKind::kSettled, 0});
  }
}

void InotifyWatcher::hintPolled() {
  const SteadyTime now = clock_.now();
  if (table_.polled() == 0 || now < lastPoll_ + pollInterval_) return;
  lastPoll_ = now;
  for (auto& [source, path] : table_.polledTops()) {
    push(source, Hint{std::move(path), HintScope::kSubtree, HintKind::kSettled, 0});
  }
}

// What is hinted without an event.
void InotifyWatcher::hintByTheWay(bool areMountsChanged) {
  {
    MutexLock lock(mutex_);
    if (areMountsChanged) hintEverything();
    hintPolled();
  }
  deliver();
}

// A program that writes a file piece by piece sends the same event again and again.
void InotifyWatcher::push(size_t source, Hint hint) {
  if (!batch_.empty() && batch_.back().first == source && batch_.back().second == hint) return;
  batch_.emplace_back(source, std::move(hint));
}

void InotifyWatcher::deliver() {
  for (auto& [source, hint] : batch_) sink_(source, std::move(hint));
  batch_.clear();
}

}  // namespace

Result<std::unique_ptr<Watcher>> createInotifyWatcher(HintSink sink, const Clock& clock,
                                                      milliseconds pollInterval) {
  InotifyWatcher::Descriptors fds;
  fds.inotify = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fds.inotify) return systemError("inotify_init1", "", errno);
  fds.wake = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fds.wake) return systemError("eventfd", "", errno);
  fds.mounts = UniqueFd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  return std::unique_ptr<Watcher>(
      std::make_unique<InotifyWatcher>(std::move(fds), std::move(sink), clock, pollInterval));
}

}  // namespace fsdb
