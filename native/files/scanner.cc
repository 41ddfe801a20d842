#include "files/scanner.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "files/directory_scan.h"

namespace fsdb {
namespace {

// A directory of the tree. Each is sorted by the thread that lists it, so that putting the whole
// together is only a merge: sorting 100,000 paths at the end took a third of the scan's time.
struct Node {
  std::string path;
  std::vector<ScannedFile> files;
  std::vector<Node*> directories;
};

// Does the file sort before what is below the directory?
bool sortsBefore(std::string_view file, std::string_view directory) {
  const int order = file.substr(0, directory.size()).compare(directory);
  if (order != 0 || file.size() == directory.size()) return order <= 0;
  return static_cast<unsigned char>(file[directory.size()]) < '/';
}

// One scan: a queue of directories that threads take from and add to until nothing is left.
//
// Threads: any number may be in work(). It is shared with the pool's tasks, of which some may start
// only after the scan is over.
class Scan {
 public:
  Scan(const Scanner::Source& source, Watcher* watcher) : source_(source), watcher_(watcher) {
    result_.takenNs = wallNowNs();
  }

  void start(const std::string& directory) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    enqueue(directory);
  }

  // Returns when the whole scan is done.
  void work() EXCLUDES(mutex_) {
    DirectoryScan scan(source_, watcher_);
    while (Node* node = take()) finish(*node, scan.list(node->path));
  }

  // After work().
  ScanResult takeResult() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    merge();
    nodes_.clear();  // a task of the pool that has not started yet may keep this object for long
    auto& problems = result_.problems;
    std::sort(problems.begin(), problems.end(),
              [](const ScanProblem& a, const ScanProblem& b) { return a.path < b.path; });
    std::sort(result_.symlinks.begin(), result_.symlinks.end());
    return std::move(result_);
  }

 private:
  Node* enqueue(const std::string& path) REQUIRES(mutex_) {
    nodes_.push_back({path, {}, {}});
    queue_.push_back(&nodes_.back());
    unfinished_++;
    return &nodes_.back();
  }

  // The next directory; null once all are finished.
  Node* take() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (queue_.empty() && unfinished_ > 0) wake_.wait(mutex_);
    if (queue_.empty()) return nullptr;
    Node* node = queue_.front();
    queue_.pop_front();
    return node;
  }

  void finish(Node& node, DirectoryContent content) EXCLUDES(mutex_) {
    node.files = std::move(content.files);
    MutexLock lock(mutex_);
    for (const auto& directory : content.directories) {
      node.directories.push_back(enqueue(directory));
    }
    fileCount_ += node.files.size();
    result_.directories += content.listed ? 1 : 0;
    std::move(content.problems.begin(), content.problems.end(),
              std::back_inserter(result_.problems));
    std::move(content.symlinks.begin(), content.symlinks.end(),
              std::back_inserter(result_.symlinks));
    unfinished_--;
    if (unfinished_ == 0 || !node.directories.empty()) wake_.notifyAll();
  }

  // Walks the tree in the order of the paths. Not recursive: trees may be thousands of levels deep.
  void merge() REQUIRES(mutex_) {
    struct Position {
      Node* node;
      size_t file = 0;
      size_t directory = 0;
    };
    result_.files.reserve(fileCount_);
    std::vector<Position> open{{&nodes_.front()}};
    while (!open.empty()) {
      auto& [node, file, directory] = open.back();
      const bool hasFile = file < node->files.size();
      const bool hasDirectory = directory < node->directories.size();
      if (hasFile && (!hasDirectory ||
                      sortsBefore(node->files[file].path, node->directories[directory]->path))) {
        result_.files.push_back(std::move(node->files[file++]));
      } else if (hasDirectory) {
        open.push_back({node->directories[directory++]});
      } else {
        node->files = {};  // gives the memory back before the next list grows
        open.pop_back();
      }
    }
  }

  const Scanner::Source& source_;
  Watcher* const watcher_;
  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<Node> nodes_ GUARDED_BY(mutex_);  // a Node itself belongs to the thread that took it
  std::deque<Node*> queue_ GUARDED_BY(mutex_);
  size_t unfinished_ GUARDED_BY(mutex_) = 0;  // queued or being listed
  size_t fileCount_ GUARDED_BY(mutex_) = 0;
  ScanResult result_ GUARDED_BY(mutex_);
};

}  // namespace

ScanResult Scanner::scan(const Source& source, const std::string& directory) {
  const auto scan = std::make_shared<Scan>(source, watcher_);
  scan->start(directory);
  // This thread works as well: the pool may be busy, or this thread one of its own.
  for (size_t i = 1; i < pool_.size(); i++) {
    pool_.submit([scan] { scan->work(); });
  }
  scan->work();
  return scan->takeResult();
}

ScanResult Scanner::look(const Source& source, const std::string& path) {
  if (path.empty()) return scan(source, path);
  ScanResult result;
  result.takenNs = wallNowNs();
  DirectoryScan directory(source, watcher_);
  DirectoryContent content = directory.look(path);
  if (!content.directories.empty()) return scan(source, path);
  result.files = std::move(content.files);
  result.problems = std::move(content.problems);
  result.symlinks = std::move(content.symlinks);
  return result;
}

}  // namespace fsdb
