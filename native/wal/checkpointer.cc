#include "wal/checkpointer.h"

#include <utility>

namespace fsdb {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, const Clock& clock,
                           CheckpointLimits limits)
    : clock_(clock), limits_(limits), connection_(std::move(connection)) {
  thread_ = Thread("fsdb-checkpoint", [this] { work(); });
}

Checkpointer::~Checkpointer() { close(); }

void Checkpointer::noteLog(int64_t frames) {
  MutexLock lock(mutex_);
  if (frames < frames_) seen_ = 0;  // it has started anew
  frames_ = frames;
  if (frames_ - seen_ >= limits_.passiveFrames) wake_.notifyOne();
  if (frames_ < limits_.mostFrames || blocked_ || closing_) return;
  // One that is running already has not seen this commit.
  const uint64_t target = begun_ + 1;
  const SteadyTime deadline = clock_.now() + limits_.patience;
  wanted_ = true;
  wake_.notifyOne();
  while (done_ < target && !closing_ && clock_.now() < deadline) {
    clock_.waitUntil(progress_, mutex_, deadline);
  }
}

void Checkpointer::close() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
    wake_.notifyOne();
    progress_.notifyAll();
    connection_->interrupt();
  }
  thread_.join();
}

void Checkpointer::work() {
  while (waitForFrames()) {
    // What fails here, on a full disk for example, fails again at the next call, and loses nothing:
    // the log holds it all.
    const auto outcome = connection_->checkpoint();
    MutexLock lock(mutex_);
    blocked_ = !outcome || outcome->copied < outcome->frames;
    done_ = begun_;
    progress_.notifyAll();
  }
}

// False: it is time to end.
bool Checkpointer::waitForFrames() {
  MutexLock lock(mutex_);
  while (!wanted_ && frames_ - seen_ < limits_.passiveFrames && !closing_) wake_.wait(mutex_);
  seen_ = frames_;
  wanted_ = false;
  begun_++;
  return !closing_;
}

}  // namespace fsdb
