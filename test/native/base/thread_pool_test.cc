#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <future>

namespace fsdb {
namespace {

TEST(ThreadPoolTest, RunsTasksThatTasksSubmit) {
  ThreadPool pool("pool", 2);
  std::promise<int> inner;

  pool.submit([&] { pool.submit([&] { inner.set_value(7); }); });

  EXPECT_EQ(inner.get_future().get(), 7);
}

TEST(ThreadPoolTest, RunsTwoThingsAtOnceAndWaitsForBoth) {
  ThreadPool pool("pool", 1);
  std::promise<void> here;
  std::promise<void> there;
  bool isDone = false;

  pool.runBoth(
      [&] {
        there.set_value();
        here.get_future().wait();
        isDone = true;
      },
      [&] {
        there.get_future().wait();
        here.set_value();
      });

  EXPECT_TRUE(isDone);
}

TEST(ThreadPoolTest, WaitsForARunningTaskAtTheEnd) {
  std::promise<void> started;
  std::promise<void> release;
  bool finished = false;
  {
    ThreadPool pool("pool", 1);
    pool.submit([&] {
      started.set_value();
      release.get_future().wait();
      finished = true;
    });
    started.get_future().wait();
    release.set_value();
  }

  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace fsdb
