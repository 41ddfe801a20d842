// The floor of a cold sync: one thread that lists, reads and parses, one that writes.
#include <fcntl.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "folder.h"
#include "rows.h"
#include "side.h"

namespace fsdb {
namespace {

// Rows per transaction, and transactions that wait to be written.
constexpr size_t kBatch = 2000;
constexpr size_t kWaiting = 2;
// As many changes as the product keeps.
constexpr size_t kFeed = 10'000;

class Batches {
 public:
  void put(std::vector<Row> rows) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.size() < kWaiting; });
    queue_.push_back(std::move(rows));
    changed_.notify_all();
  }

  std::vector<Row> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty(); });
    std::vector<Row> rows = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    return rows;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<Row>> queue_;
};

// An empty batch is the last one.
void read(const std::string& directory, std::vector<FileEntry> files, Batches& batches) {
  const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  RowParser parser;
  std::string bytes;
  std::vector<Row> rows;
  for (auto& file : files) {
    if (!readBytes(folder, file.path, bytes)) fail("cannot read " + file.path);
    rows.push_back(parser.parse(std::move(file), bytes));
    if (rows.size() == kBatch) batches.put(std::exchange(rows, {}));
  }
  if (!rows.empty()) batches.put(std::exchange(rows, {}));
  batches.put({});
}

int64_t sync(const Job& job, RowWriter& writer) {
  Batches batches;
  std::vector<FileEntry> files = listFiles(job.directory, 1);
  const size_t count = files.size();
  std::thread reader([&] { read(job.directory, std::move(files), batches); });
  size_t written = 0;
  while (true) {
    const std::vector<Row> rows = batches.take();
    if (rows.empty()) break;
    written += rows.size();
    writer.write(rows, count - written < kFeed ? rows.size() : 0);
  }
  reader.join();
  return static_cast<int64_t>(count);
}

int runFloor(int argc, char** argv) {
  const Job job = jobOf(argc, argv);
  Usage usage;
  int64_t count = 0;
  {
    RowWriter writer(job.database);
    count = sync(job, writer);
  }
  usage.answer(count, count);
  serve(usage);
  return 0;
}

}  // namespace
}  // namespace fsdb

int main(int argc, char** argv) { return fsdb::runFloor(argc, argv); }
