#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <cassert>

namespace fsdb {

Thread::Thread(std::string name, std::function<void()> body) {
  assert(name.size() <= 15);
  // The new thread inherits the mask: setting it inside would leave a moment in which it is a
  // candidate for a signal.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto run = [name = std::move(name), body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    body();
  };
  try {
    thread_ = std::thread(run);
  } catch (...) {
    // The system has no more threads to give: nothing of this one stays behind.
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Thread& Thread::operator=(Thread&& other) noexcept {
  join();
  thread_ = std::move(other.thread_);
  return *this;
}

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace fsdb
