// Tells that something below a source's directory may have changed.
//
// The scanner calls watch() for every directory before it lists it ("watch before list"), so that
// there is no moment in which a change is seen by neither. A watcher never reads files or
// directories itself: it only turns the system's events into hints.
//
// Threads: watch(), unwatch() and status() come from the sync's threads, at any time; the sink is
// called on the watcher's own thread, which ends in the destructor. The sink must not call back
// into the watcher.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/hint.h"

namespace fsdb {

// Receives hints, each with the number of the source it is about.
using HintSink = std::function<void(size_t source, Hint hint)>;

struct WatcherStatus {
  std::string_view backend;           // "inotify" or "poll"
  int64_t directories = 0;            // watched by the system
  int64_t polled = 0;                 // looked at by timer, because the system would not watch them
  int64_t overflows = 0;              // times that the system lost events; each became a rescan
  std::vector<std::string> degraded;  // what does not work as it should, in words; empty: all well
};

class Watcher {
 public:
  virtual ~Watcher() = default;

  // Watches the open directory, which is `path` below source number `source`; again is harmless. A
  // directory that cannot be watched is polled instead: hinted at every interval, and tried again
  // whenever that makes the caller watch() it again. status() says why. Another directory than
  // before under the same path: the old one and all that was watched below it are forgotten.
  virtual void watch(size_t source, int directoryFd, const std::string& path) = 0;

  // Watches the open file itself, for files with several hard links: a change made through a name
  // outside the source's directory is seen by no directory that is watched. Not more than
  // kMaxFileWatches, then status() says so.
  virtual void watchFile(size_t source, int fileFd, const std::string& path) = 0;

  // A system's watches are scarce, and trees of hard links (package stores, snapshots) are large.
  static constexpr size_t kMaxFileWatches = 1024;

  // Forgets the directory or file `path` and all below it ("" for the whole source). Hints about it
  // that are on their way still arrive. A directory that was moved within the source is forgotten
  // first and watched under its new path afterwards. A source whose directory is missing need not
  // be forgotten: its return under the same name is hinted, unless the directory above it cannot be
  // watched. Blocks while the watcher's thread catches up, so never from the sink.
  virtual void unwatch(size_t source, const std::string& path) = 0;

  // Waits until every change that was made before this call has been given to the sink.
  virtual void flush() = 0;

  // Waits until every event that the system had queued before this call has been given to the sink.
  // Unlike flush(), it makes no hints without an event.
  virtual void settle() {}

  // Polling watchers hint this often from now on; the sync calls it so that looking takes at most
  // a small part of the time.
  virtual void setPollInterval(std::chrono::milliseconds interval) = 0;

  virtual WatcherStatus status() const = 0;
};

// inotify: one instance for all sources.
// kIo: the system has none to give (EMFILE, ENOSYS, EPERM); poll instead.
Result<std::unique_ptr<Watcher>> createInotifyWatcher(HintSink sink, const Clock& clock,
                                                      std::chrono::milliseconds pollInterval);

// Hints at the whole of every watched source every `interval`; for file systems that send no
// events.
std::unique_ptr<Watcher> createPollWatcher(HintSink sink, const Clock& clock,
                                           std::chrono::milliseconds interval);

// Takes inotify where there is one, polls where there is none, and does both for sources on file
// systems that do not tell of all changes (network, user space, virtual machines' shared folders).
// status() says what it had to do, and why.
std::unique_ptr<Watcher> createAutoWatcher(const HintSink& sink, const Clock& clock,
                                           std::chrono::milliseconds pollInterval);

}  // namespace fsdb
