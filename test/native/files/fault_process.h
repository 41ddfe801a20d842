// Runs a part of a test in a child process of its own, where it may give up what it cannot get
// back: its privileges, system calls, descriptors.
#pragma once

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

namespace fsdb {

// True if `body` returned true in a child process. A child that crashes or is killed gives false.
inline bool holdsInChild(const std::function<bool()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Becomes a user whom permissions bind, if this process is privileged: 65534 is nobody.
inline bool dropPrivileges() {
  if (::geteuid() != 0) return true;
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::setresgid(65534, 65534, 65534) == 0 &&
         ::setresuid(65534, 65534, 65534) == 0;
}

// From now on the system call fails with `systemCode`, as in a sandbox that does not know it.
inline bool forbidSystemCall(unsigned number, unsigned systemCode) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (systemCode & SECCOMP_RET_DATA)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// From now on this process can open `spare` more descriptors and no more.
inline bool leaveDescriptors(unsigned spare) {
  const int next = ::open("/", O_RDONLY | O_CLOEXEC);
  if (next < 0) return false;
  ::close(next);
  const struct rlimit limit = {static_cast<rlim_t>(next) + spare,
                               static_cast<rlim_t>(next) + spare};
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace fsdb
