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
  std::vector<FileToRead> files;
  std::vector<FileChange> changes;
  bool done = false;
};

// Chunks in the order of their paths.
struct Loading {
  Mutex mutex;
  ConditionVariable progress;
  std::vector<Chunk> chunks GUARDED_BY(mutex);
};

size_t split(std::vector<FileToRead> files, Loading& loading) {
  MutexLock lock(loading.mutex);
  for (size_t i = 0; i < files.size(); i += kChunk) {
    const auto begin = files.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        files.begin() + static_cast<std::ptrdiff_t>(std::min(i + kChunk, files.size()));
    Chunk& chunk = loading.chunks.emplace_back();
    chunk.files.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
  }
  return loading.chunks.size();
}

void loadChunk(Loading& loading, size_t index, const LoadFiles& load) {
  std::vector<FileToRead> files;
  {
    MutexLock lock(loading.mutex);
    files = std::move(loading.chunks[index].files);
  }
  auto changes = load(std::move(files));
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
  Loading loading;
  const size_t count = split(std::move(files), loading);
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
