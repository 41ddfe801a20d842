#include "sync/load_chunks.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/mutex.h"

namespace fsdb {
namespace {

// Files per task of a reader: enough to hide the hand-over, few enough to keep all readers busy.
constexpr size_t kChunk = 64;

struct Chunk {
  std::vector<FileChange> changes;
  bool done = false;
};

// Chunks in the order of their paths.
struct Loading {
  explicit Loading(std::vector<FileToRead> all) : files(std::move(all)) {
    MutexLock lock(mutex);
    chunks.resize((files.size() + kChunk - 1) / kChunk);
  }

  // Each chunk's task takes its own out, so that a file is in memory once.
  std::vector<FileToRead> files;
  Mutex mutex;
  ConditionVariable progress;
  std::vector<Chunk> chunks GUARDED_BY(mutex);
};

void loadChunk(Loading& loading, size_t index, const LoadFiles& load) {
  const auto begin = loading.files.begin() + static_cast<std::ptrdiff_t>(index * kChunk);
  const auto count = std::min<std::ptrdiff_t>(kChunk, loading.files.end() - begin);
  auto changes = load({std::make_move_iterator(begin), std::make_move_iterator(begin + count)});
  MutexLock lock(loading.mutex);
  loading.chunks[index].changes = std::move(changes);
  loading.chunks[index].done = true;
  loading.progress.notifyAll();
}

std::vector<FileChange> waitForChunk(Loading& loading, size_t index) {
  MutexLock lock(loading.mutex);
  while (!loading.chunks[index].done) loading.progress.wait(loading.mutex);
  return std::move(loading.chunks[index].changes);
}

}  // namespace

Result<void> loadInChunks(ThreadPool& pool, std::vector<FileToRead> files, const LoadFiles& load,
                          const ConsumeChanges& consume) {
  const size_t count = (files.size() + kChunk - 1) / kChunk;
  Loading loading(std::move(files));
  const auto start = [&](size_t index) {
    pool.submit([&loading, &load, index] { loadChunk(loading, index, load); });
  };
  const size_t window = pool.size() * 2 + 1;
  size_t started = 0;
  while (started < std::min(window, count)) start(started++);

  Result<void> outcome;
  for (size_t i = 0; i < started; i++) {
    auto changes = waitForChunk(loading, i);
    // After a failure what has been started is waited for, because it refers to `loading`.
    if (!outcome) continue;
    outcome = consume(std::move(changes));
    if (outcome && started < count) start(started++);
  }
  return outcome;
}

}  // namespace fsdb
