// A folder and the database that follows it, for one test.
//
// Every wait is for a condition, which is looked at again at each event of the database; it ends as
// soon as the condition holds, and at the latest after kDeadline, with a failure.
//
// Threads: the test's, but for the listener.
#pragma once

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "database/file_sync_database.h"
#include "database/support/plain_folder.h"

namespace fsdb {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

// Far more than anything takes on a machine that is busy with other things.
inline constexpr std::chrono::seconds kDeadline{kIsSanitized ? 180 : 60};

// Not all that a test waits for is told: an error that goes away is not.
inline constexpr std::chrono::milliseconds kLookAgain{10};

struct Row {
  std::string id;
  std::string path;
  std::string document;
  std::string name;
  int64_t version = 0;
  int64_t seq = 0;
  std::string createdAt;
  std::string fileModified;
};

// Collects what a database tells, and wakes whoever waits for it.
class Events {
 public:
  SyncListener listener() {
    SyncListener listener;
    listener.onSync = [this](const SharedReport& report) {
      MutexLock lock(mutex_);
      reports_.push_back(report);
      count();
    };
    listener.onFileError = [this](const FileError& error) {
      MutexLock lock(mutex_);
      fileErrors_.push_back(error);
      count();
    };
    listener.onState = [this](SyncState state) {
      MutexLock lock(mutex_);
      states_.push_back(state);
      count();
    };
    listener.onWarning = [this](const Error& warning) {
      MutexLock lock(mutex_);
      warnings_.push_back(warning);
      count();
    };
    return listener;
  }

  // False: it did not become true before the deadline.
  bool waitUntil(const std::function<bool()>& condition) EXCLUDES(mutex_) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (true) {
      uint64_t seen = 0;
      {
        MutexLock lock(mutex_);
        seen = count_;
      }
      if (condition()) return true;
      const auto now = std::chrono::steady_clock::now();
      if (now >= deadline) return false;
      MutexLock lock(mutex_);
      if (count_ == seen) changed_.waitUntil(mutex_, std::min(deadline, now + kLookAgain));
    }
  }

  std::vector<SharedReport> reports() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return reports_;
  }
  std::vector<FileError> fileErrors() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return fileErrors_;
  }
  std::vector<SyncState> states() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return states_;
  }
  std::vector<Error> warnings() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return warnings_;
  }

 private:
  void count() REQUIRES(mutex_) {
    count_++;
    changed_.notifyAll();
  }

  Mutex mutex_;
  ConditionVariable changed_;
  uint64_t count_ GUARDED_BY(mutex_) = 0;
  std::vector<SharedReport> reports_ GUARDED_BY(mutex_);
  std::vector<FileError> fileErrors_ GUARDED_BY(mutex_);
  std::vector<SyncState> states_ GUARDED_BY(mutex_);
  std::vector<Error> warnings_ GUARDED_BY(mutex_);
};

enum class Disk {
  kOrdinary,  // wherever temporary files are
  kMemory,    // a file system in memory if there is one: a storm is a hundred times as fast there
};

// A temporary directory with a folder "docs" in it.
class Workspace {
 public:
  explicit Workspace(Disk disk) {
    std::string parent = std::filesystem::temp_directory_path();
    if (disk == Disk::kMemory && ::access("/dev/shm", W_OK) == 0) parent = "/dev/shm";
    std::string pattern = parent + "/fsdb-test-XXXXXX";
    base_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(docs());
  }
  ~Workspace() {
    std::error_code ignored;
    std::filesystem::remove_all(base_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::string& base() const { return base_; }
  std::string docs() const { return base_ + "/docs"; }

 private:
  std::string base_;
};

// The answer that a database gives to its caller on another thread.
template <typename T>
Result<T> waitFor(const std::function<void(std::function<void(Result<T>)>)>& call) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  call([promise](Result<T> result) { promise->set_value(std::move(result)); });
  if (future.wait_for(kDeadline) != std::future_status::ready) {
    Error error;
    error.code = ErrorCode::kTimeout;
    error.message = "test: no answer";
    return error;
  }
  return future.get();
}

class SyncedFolder {
 public:
  explicit SyncedFolder(WatchMode mode, Disk disk = Disk::kOrdinary) : workspace_(disk) {
    config.watch = mode;
    config.debounce = std::chrono::milliseconds(5);
    config.maxWait = std::chrono::milliseconds(50);
    config.pollInterval = std::chrono::milliseconds(10);
    config.threads = 2;
    SourceConfig source;
    source.type = "doc";
    source.directory = workspace_.docs();
    config.sources.push_back(source);
    databasePath = workspace_.base() + "/db.sqlite";
  }
  ~SyncedFolder() { close(); }
  SyncedFolder(const SyncedFolder&) = delete;
  SyncedFolder& operator=(const SyncedFolder&) = delete;

  // To be changed before open().
  SyncConfig config;
  std::string databasePath;

  void open() {
    auto opened = FileSyncDatabase::open(databasePath, {}, config, events.listener());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_ = std::move(opened).value();
  }
  void openAndWait() {
    open();
    ASSERT_NE(ready(), nullptr);
  }
  void close() {
    if (!database_) return;
    database_->close();
    database_->release();
    database_.reset();
  }

  SharedReport ready() {
    return valueOf(waitFor<SharedReport>([&](auto done) { database_->ready(std::move(done)); }));
  }
  SharedReport sync(bool full = false) {
    return valueOf(waitFor<SharedReport>(
        [&](auto done) { database_->sync(std::nullopt, full, std::move(done)); }));
  }
  SyncStatus status() { return database_->status(); }
  FileSyncDatabase& database() { return *database_; }

  // ── Files: paths are relative to the folder ──
  std::string root() const { return config.sources.front().directory; }
  std::string path(std::string_view relative) const {
    return relative.empty() ? root() : root() + "/" + std::string(relative);
  }
  std::string outside(std::string_view name) const {
    return workspace_.base() + "/" + std::string(name);
  }
  void write(std::string_view relative, std::string_view content) const {
    writeAt(path(relative), content);
  }
  static void writeAt(const std::filesystem::path& target, std::string_view content) {
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary | std::ios::trunc) << content;
  }
  // As editors do: a temporary file beside it, then a rename.
  void writeByRename(std::string_view relative, std::string_view content) const {
    const std::string target = path(relative);
    writeAt(target + ".tmp", content);
    std::filesystem::rename(target + ".tmp", target);
  }
  void makeDirectory(std::string_view relative) const {
    std::filesystem::create_directories(path(relative));
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(path(from), path(to));
  }
  void remove(std::string_view relative) const { std::filesystem::remove_all(path(relative)); }

  // ── Rows ──
  std::vector<Row> rows() {
    auto statement = database_->connection().prepare(
        "SELECT id, file_path, document, name, version, seq, created_at, file_modified "
        "FROM documents WHERE type = 'doc' ORDER BY id");
    std::vector<Row> rows;
    if (!statement) return rows;
    while (true) {
      auto row = statement->step();
      if (!row || !*row) return rows;
      rows.push_back({std::string(statement->text(0)), std::string(statement->text(1)),
                      std::string(statement->text(2)), std::string(statement->text(3)),
                      statement->integer(4), statement->integer(5), std::string(statement->text(6)),
                      std::string(statement->text(7))});
    }
  }
  std::optional<Row> row(std::string_view id) {
    for (auto& row : rows()) {
      if (row.id == id) return row;
    }
    return std::nullopt;
  }
  std::set<std::string> errorPaths() {
    std::set<std::string> paths;
    for (const auto& error : status().errors) paths.insert(error.filePath);
    return paths;
  }

  std::map<std::string, std::string> errorMessages() {
    std::map<std::string, std::string> messages;
    for (const auto& error : status().errors) {
      messages.emplace(error.filePath, error.filePath + ": " + error.error.message);
    }
    return messages;
  }

  // What differs between the folder and the rows; empty: nothing.
  std::string difference() {
    PlainRows plain;
    for (auto& row : rows()) {
      plain.emplace(row.id, PlainRow{std::move(row.path), std::move(row.document)});
    }
    std::string wrong = PlainFolder(root()).compare(std::move(plain), errorMessages());
    if (wrong.empty()) return wrong;
    for (const auto& reason : status().degraded) wrong = "degraded: " + reason + "\n" + wrong;
    return wrong;
  }

  bool waitUntil(const std::function<bool()>& condition) { return events.waitUntil(condition); }

  // Waits until `id` has the document.
  void expectDocument(const std::string& id, const std::string& document) {
    const bool arrived = waitUntil([&] {
      const auto found = row(id);
      return found && found->document == document;
    });
    const auto found = row(id);
    EXPECT_TRUE(arrived) << id << " is " << (found ? found->document : "missing") << ", not "
                         << document;
  }

  // At rest, the rows equal the files: the watcher alone brings them there, and a scan of
  // everything finds nothing that it has missed.
  void expectInStep() {
    const bool arrived = waitUntil([&] { return difference().empty(); });
    ASSERT_TRUE(arrived) << "after the deadline:\n" << difference();
    const auto report = sync();
    ASSERT_NE(report, nullptr);
    EXPECT_FALSE(report->changedAnything());
    EXPECT_EQ(difference(), "");
  }

  Events events;

 private:
  template <typename T>
  static T valueOf(Result<T> result) {
    EXPECT_TRUE(result.ok()) << (result ? "" : result.error().message);
    return result ? std::move(result).value() : T();
  }

  Workspace workspace_;
  std::unique_ptr<FileSyncDatabase> database_;
};

// Runs a suite with the system's events and by timer.
class BothWatchers : public testing::TestWithParam<WatchMode> {
 protected:
  SyncedFolder folder_{GetParam()};
};

inline std::string watchModeName(const testing::TestParamInfo<WatchMode>& info) {
  return info.param == WatchMode::kPoll ? "Poll" : "Inotify";
}

#define FSDB_FOR_BOTH_WATCHERS(Suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Watch, Suite, testing::Values(WatchMode::kAuto, WatchMode::kPoll), \
                           watchModeName)

}  // namespace fsdb
