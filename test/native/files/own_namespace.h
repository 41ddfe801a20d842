// Runs a test a second time in a child process whose user and mount namespaces are its own, so that
// it may lower the limits of inotify and mount file systems without anybody noticing.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace fsdb {

enum class ChildResult { kPassed, kFailed, kForbidden };

// Is this the second run?
inline bool isInOwnNamespace() { return ::getenv("FSDB_TEST_NAMESPACE") != nullptr; }

inline bool writeSetting(const char* path, const std::string& value) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool isWritten = ::write(fd, value.data(), value.size()) == ssize_t(value.size());
  ::close(fd);
  return isWritten;
}

// `settings`: files below /proc/sys/user and what to write into them first.
// kForbidden: the system refuses namespaces of one's own, as some containers do.
inline ChildResult runInOwnNamespace(
    const std::vector<std::pair<const char*, std::string>>& settings) {
  constexpr int kForbiddenCode = 77;
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  const std::string filter =
      std::string("--gtest_filter=") + test.test_suite_name() + "." + test.name();
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  // Not fork(): sanitizers start a thread in its child, and unshare() wants a single one.
  const pid_t child = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  if (child == 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(kForbiddenCode);
    writeSetting("/proc/self/setgroups", "deny");
    bool isReady = writeSetting("/proc/self/uid_map", user);
    isReady = writeSetting("/proc/self/gid_map", group) && isReady;
    for (const auto& [path, value] : settings) isReady = writeSetting(path, value) && isReady;
    if (!isReady) ::_exit(kForbiddenCode);
    ::setenv("FSDB_TEST_NAMESPACE", "1", 1);
    ::execl("/proc/self/exe", "test", filter.c_str(), nullptr);
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kForbiddenCode) return ChildResult::kForbidden;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ChildResult::kPassed
                                                       : ChildResult::kFailed;
}

// The same, as the first line of a test. True: this is the second run. False: it is over, or the
// test is skipped because the system refuses it.
inline bool isInOwnSystem(const std::vector<std::pair<const char*, std::string>>& settings) {
  if (isInOwnNamespace()) return true;
  const ChildResult child = runInOwnNamespace(settings);
  const auto skip = [] { GTEST_SKIP() << "the system allows no namespaces of one's own"; };
  if (child == ChildResult::kForbidden) skip();
  EXPECT_NE(child, ChildResult::kFailed);
  return false;
}

}  // namespace fsdb
