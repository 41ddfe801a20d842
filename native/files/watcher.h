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

  // Watches the open directory, which is `path` below source number `source`. A directory that
  // cannot be watched is polled instead, and status() says why.
  virtual void watch(size_t source, int directoryFd, const std::string& path) = 0;

  // Forgets the directory `path` and all below it ("" for the whole source).
  virtual void unwatch(size_t source, const std::string& path) = 0;

  // Waits until every change that was made before this call has been given to the sink.
  virtual void flush() = 0;

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

}  // namespace fsdb
