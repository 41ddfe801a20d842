// What every watcher promises, whatever the system it uses.
#include "files/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "files/hint_collector.h"
#include "files/watched_tree.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

using Factory = std::unique_ptr<Watcher> (*)(HintSink sink, const Clock& clock);

std::unique_ptr<Watcher> makeInotify(HintSink sink, const Clock& clock) {
  return createInotifyWatcher(std::move(sink), clock, milliseconds(20)).value();
}

std::unique_ptr<Watcher> makePoll(HintSink sink, const Clock& clock) {
  return createPollWatcher(std::move(sink), clock, milliseconds(20));
}

class WatcherTest : public testing::TestWithParam<std::pair<const char*, Factory>> {
 protected:
  WatcherTest() : watcher_(GetParam().second(hints_.sink(), clock_)) {
    tree_.makeDirectory("sub");
    tree_.write("sub/a.json");
    tree_.watch(*watcher_, 0, "");
    tree_.watch(*watcher_, 0, "sub");
    watcher_->flush();
    hints_.take();
  }

  bool isSeen(size_t source, std::string_view path) {
    return hints_.waitFor([&](const auto& hints) { return covers(hints, source, path); });
  }

  const SystemClock clock_;
  WatchedTree tree_;
  HintCollector hints_;
  std::unique_ptr<Watcher> watcher_;
};

TEST_P(WatcherTest, SeesAFileThatIsCreated) {
  tree_.write("sub/b.json");

  EXPECT_TRUE(isSeen(0, "sub/b.json"));
}

TEST_P(WatcherTest, SeesAFileThatIsChanged) {
  tree_.write("sub/a.json", "[]");

  EXPECT_TRUE(isSeen(0, "sub/a.json"));
}

TEST_P(WatcherTest, SeesAFileThatIsDeleted) {
  tree_.remove("sub/a.json");

  EXPECT_TRUE(isSeen(0, "sub/a.json"));
}

TEST_P(WatcherTest, SeesBothNamesOfARename) {
  tree_.rename("sub/a.json", "b.json");

  EXPECT_TRUE(isSeen(0, "sub/a.json"));
  EXPECT_TRUE(isSeen(0, "b.json"));
}

TEST_P(WatcherTest, SeesADirectoryThatIsCreatedAndFilledAtOnce) {
  tree_.write("new/deep/c.json");

  EXPECT_TRUE(isSeen(0, "new/deep/c.json"));
}

TEST_P(WatcherTest, HasGivenEverythingToTheSinkAfterFlush) {
  for (int i = 0; i < 300; ++i) {
    const std::string name = "sub/" + std::to_string(i);
    tree_.write(name);
    watcher_->flush();

    ASSERT_TRUE(covers(hints_.take(), 0, name));
  }
}

TEST_P(WatcherTest, FlushesForSeveralThreadsAtOnce) {
  std::atomic<int> missed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = "sub/" + std::to_string(thread * 100 + i);
        tree_.write(name);
        watcher_->flush();
        if (!covers(hints_.hints(), 0, name)) ++missed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(missed, 0);
}

TEST_P(WatcherTest, IsSilentAboutASourceThatItForgot) {
  tree_.watchAs(*watcher_, 1, "sub", "");
  watcher_->unwatch(0, "");
  watcher_->flush();
  hints_.take();

  tree_.write("sub/b.json");
  watcher_->flush();

  const HintCollector::Hints hints = hints_.take();
  EXPECT_FALSE(covers(hints, 0, "sub/b.json"));
  EXPECT_TRUE(covers(hints, 1, "b.json"));
}

TEST_P(WatcherTest, HintsAtEverySourceThatHoldsTheDirectory) {
  tree_.watchAs(*watcher_, 1, "sub", "");
  tree_.watchAs(*watcher_, 2, "sub", "");

  tree_.write("sub/b.json");

  EXPECT_TRUE(isSeen(0, "sub/b.json"));
  EXPECT_TRUE(isSeen(1, "b.json"));
  EXPECT_TRUE(isSeen(2, "b.json"));
}

TEST_P(WatcherTest, CountsTheDirectoriesThatItLooksAfter) {
  tree_.watch(*watcher_, 0, "sub");
  const WatcherStatus before = watcher_->status();
  watcher_->unwatch(0, "sub");
  const WatcherStatus after = watcher_->status();

  EXPECT_EQ(before.backend, GetParam().first);
  EXPECT_EQ(before.directories + before.polled, 2);
  EXPECT_EQ(after.directories + after.polled, 1);
  EXPECT_THAT(after.degraded, testing::IsEmpty());
}

TEST_P(WatcherTest, EndsDuringAStorm) {
  std::atomic<bool> stop{false};
  std::thread storm([&] {
    for (int i = 0; !stop; i = (i + 1) % 100) {
      tree_.write("sub/" + std::to_string(i));
      tree_.remove("sub/" + std::to_string(i));
    }
  });
  ASSERT_TRUE(hints_.waitFor([](const auto& hints) { return hints.size() > 3; }));

  watcher_.reset();

  hints_.take();
  tree_.write("sub/after.json");
  EXPECT_THAT(hints_.take(), testing::IsEmpty());
  stop = true;
  storm.join();
}

TEST_P(WatcherTest, EndsWithoutEverHavingWatched) {
  HintCollector none;

  GetParam().second(none.sink(), clock_).reset();

  EXPECT_THAT(none.take(), testing::IsEmpty());
}

TEST_P(WatcherTest, WatchesAndForgetsFromSeveralThreadsDuringAStorm) {
  std::atomic<bool> stop{false};
  std::thread storm([&] {
    for (int i = 0; !stop; ++i) tree_.write("sub/" + std::to_string(i % 100));
  });
  std::vector<std::thread> threads;
  for (size_t source = 1; source <= 3; ++source) {
    threads.emplace_back([&, source] {
      for (int i = 0; i < 200; ++i) {
        tree_.watchAs(*watcher_, source, "", "");
        tree_.watch(*watcher_, source, "sub");
        watcher_->setPollInterval(milliseconds(10 + i));
        watcher_->unwatch(source, i % 2 == 0 ? "" : "sub");
        watcher_->status();
      }
      tree_.watchAs(*watcher_, source, "sub", "");
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  storm.join();
  hints_.take();

  tree_.write("sub/last.json");
  watcher_->flush();
  const HintCollector::Hints hints = hints_.take();
  for (size_t source = 1; source <= 3; ++source) EXPECT_TRUE(covers(hints, source, "last.json"));
}

INSTANTIATE_TEST_SUITE_P(Backends, WatcherTest,
                         testing::Values(std::pair{"inotify", &makeInotify},
                                         std::pair{"poll", &makePoll}),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace fsdb
