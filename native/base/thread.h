// A thread with a name that is joined when the object ends.
//
// Make it the last member of its class, so that it starts after and is joined before everything
// that it uses. It blocks all signals: Node's handlers belong on Node's own threads.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace fsdb {

class Thread {
 public:
  Thread() = default;
  // `name` has at most 15 characters, as the kernel allows.
  Thread(std::string name, std::function<void()> body);
  Thread(Thread&&) noexcept = default;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread() { join(); }

  // Waits for the end of the body. Calling it again is harmless.
  void join();

 private:
  std::thread thread_;
};

}  // namespace fsdb
