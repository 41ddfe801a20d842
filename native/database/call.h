// A call that another thread works on, and that can be called off.
//
// It ends once: with what came of it, or called off. Whoever ends it tells the caller; all later
// attempts do nothing.
//
// Threads: any.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"

namespace fsdb {

class Call {
 public:
  virtual ~Call() = default;

  // Ends it with `error`, unless it has ended already or has come too far.
  virtual void cancel(const Error& error) = 0;
};

}  // namespace fsdb
