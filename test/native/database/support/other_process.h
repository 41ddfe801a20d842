// A second process that follows a folder: this program, started again with "--follow". It tells its
// parent how it stands, and can be stopped and killed.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "database/support/synced_folder.h"

extern char** environ;  // NOLINT: POSIX asks for it

namespace fsdb {

// What the other process says of itself.
struct OtherStatus {
  bool leads = false;
  int64_t leaderPid = 0;
  int64_t overflows = 0;
  int64_t rescans = 0;
};

class OtherProcess {
 public:
  OtherProcess(const std::string& databasePath, const std::string& directory) {
    int toChild[2];
    int fromChild[2];
    if (::pipe2(toChild, O_CLOEXEC) != 0 || ::pipe2(fromChild, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO);
    std::string self = "/proc/self/exe";
    std::string mode = "--follow";
    std::string database = databasePath;
    std::string folder = directory;
    std::array<char*, 5> arguments{self.data(), mode.data(), database.data(), folder.data(),
                                   nullptr};
    ::posix_spawn(&pid_, self.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(toChild[0]);
    ::close(fromChild[1]);
    to_.reset(toChild[1]);
    from_.reset(fromChild[0]);
  }
  // Ends it as a program ends itself: it sees the end of its input.
  ~OtherProcess() { end(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  pid_t pid() const { return pid_; }

  // After its first sync, or, if it follows, the leader's.
  bool ready() { return ask("ready") == "ok"; }
  bool sync() { return ask("sync") == "ok"; }
  OtherStatus status() {
    std::istringstream words(ask("status"));
    OtherStatus status;
    words >> status.leads >> status.leaderPid >> status.overflows >> status.rescans;
    return status;
  }
  // What differs between its rows and the folder; empty: nothing.
  std::string difference() { return ask("difference"); }

  // Asks again and again, until the answer is yes or the deadline is over.
  template <typename Condition>
  bool waitUntil(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
    }
    return true;
  }

  // Returns when it has stopped: it does nothing at all then.
  void stop() {
    ::kill(pid_, SIGSTOP);
    int status = 0;
    while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
    EXPECT_TRUE(WIFSTOPPED(status));
  }
  void go() { ::kill(pid_, SIGCONT); }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  // True if it ended well.
  bool end() {
    if (pid_ <= 0) return true;
    to_.reset();
    return wait() == 0;
  }

 private:
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }
  std::string ask(std::string_view question) {
    const std::string line = std::string(question) + "\n";
    if (::write(to_.get(), line.data(), line.size()) < 0) return "gone";
    std::string answer;
    char c = 0;
    while (::read(from_.get(), &c, 1) == 1) {
      if (c == '\n') return answer;
      answer += c;
    }
    return "gone";
  }

  pid_t pid_ = 0;
  UniqueFd to_;
  UniqueFd from_;
};

// The other side: answers until its input ends.
inline int follow(const std::string& databasePath, const std::string& directory) {
  SyncedFolder folder(WatchMode::kAuto);
  folder.databasePath = databasePath;
  folder.config.sources.front().directory = directory;
  folder.open();
  std::array<char, 64> line{};
  while (std::fgets(line.data(), line.size(), stdin) != nullptr) {
    const std::string_view question(line.data());
    std::string answer = "ok";
    if (question == "ready\n") {
      if (!folder.ready()) answer = "failed";
    } else if (question == "sync\n") {
      if (!folder.sync()) answer = "failed";
    } else if (question == "status\n") {
      const SyncStatus status = folder.status();
      answer = std::to_string(status.leader ? 1 : 0) + " " +
               std::to_string(status.leaderPid.value_or(0)) + " " +
               std::to_string(status.overflows) + " " + std::to_string(status.rescans);
    } else {
      answer = folder.difference();
      for (char& c : answer) {
        if (c == '\n') c = ';';
      }
    }
    std::printf("%s\n", answer.c_str());
    std::fflush(stdout);
  }
  folder.close();
  return testing::Test::HasFailure() ? 1 : 0;
}

}  // namespace fsdb
