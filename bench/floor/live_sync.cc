// The floor of a live sync: an inotify watch per folder, a read, a commit. It knows files that are
// written and files that are moved in, and nothing of what else can happen to a folder.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <iostream>
#include <set>
#include <string>
#include <unordered_map>

#include "folder.h"
#include "rows.h"
#include "side.h"

namespace fsdb {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

class LiveSync {
 public:
  explicit LiveSync(const Job& job)
      : job_(job),
        writer_(job.database),
        folder_(::open(job.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        inotify_(::inotify_init1(IN_CLOEXEC)) {}

  void start(Usage& usage) {
    const auto watch = [this](const std::string& path) {
      const std::string full = job_.directory + "/" + path;
      const int wd = ::inotify_add_watch(inotify_, full.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
      if (wd < 0) fail("cannot watch " + full);
      folders_[wd] = path.empty() ? "" : path + "/";
    };
    for (auto& file : listFiles(job_.directory, 1, watch)) due_.insert(std::move(file.path));
    const auto count = static_cast<int64_t>(due_.size());
    syncDue();
    usage.answer(count, count);
  }

  // Until it is told to stop.
  void run(Usage& usage) {
    pollfd inputs[] = {{inotify_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    while (true) {
      const int wait = due_.empty() ? -1 : static_cast<int>(job_.debounceMs);
      if (::poll(inputs, 2, wait) == 0) syncDue();
      if ((inputs[0].revents & POLLIN) != 0) {
        takeEvents();
        if (job_.debounceMs == 0) syncDue();
      }
      if (inputs[1].revents == 0) continue;
      std::string line;
      if (!std::getline(std::cin, line) || line == "stop") return;
      usage.answer(0, 0);
    }
  }

 private:
  void takeEvents() {
    const ssize_t length = ::read(inotify_, buffer_, sizeof buffer_);
    for (ssize_t at = 0; at < length;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer_ + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if (event->len == 0 || event->name[0] == '.') continue;
      due_.insert(folders_[event->wd] + event->name);
    }
  }

  void syncDue() {
    std::vector<Row> rows;
    for (const auto& path : due_) {
      FileEntry file;
      file.path = path;
      if (readBytes(folder_, path, bytes_, &file)) {
        rows.push_back(parser_.parse(std::move(file), bytes_));
      }
    }
    due_.clear();
    writer_.write(rows, rows.size());
  }

  const Job& job_;
  RowParser parser_;
  RowWriter writer_;
  int folder_;
  int inotify_;
  std::unordered_map<int, std::string> folders_;
  std::set<std::string> due_;
  std::string bytes_;
  alignas(inotify_event) char buffer_[kBufferBytes];
};

int runFloor(int argc, char** argv) {
  const Job job = jobOf(argc, argv);
  Usage usage;
  LiveSync sync(job);
  sync.start(usage);
  sync.run(usage);
  return 0;
}

}  // namespace
}  // namespace fsdb

int main(int argc, char** argv) { return fsdb::runFloor(argc, argv); }
