#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/hint_collector.h"
#include "files/watched_tree.h"
#include "files/watcher.h"
#include "support/fake_clock.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Hint kWhole{"", HintScope::kSubtree, HintKind::kSettled, 0};

class PollWatcherTest : public testing::Test {
 protected:
  bool waitForHints(size_t count) {
    return hints_.waitFor([&](const auto& hints) { return hints.size() >= count; });
  }

  FakeClock clock_;
  WatchedTree tree_;
  HintCollector hints_;
  std::unique_ptr<Watcher> watcher_ = createPollWatcher(hints_.sink(), clock_, milliseconds(1000));
};

TEST_F(PollWatcherTest, HintsAtEverySourceAtEveryInterval) {
  tree_.watch(*watcher_, 0, "");
  tree_.watch(*watcher_, 5, "");
  EXPECT_THAT(hints_.take(), IsEmpty());

  clock_.advance(milliseconds(1000));
  ASSERT_TRUE(waitForHints(2));
  EXPECT_THAT(hints_.take(), ElementsAre(SourceHint{0, kWhole}, SourceHint{5, kWhole}));
  clock_.advance(milliseconds(1000));
  EXPECT_TRUE(waitForHints(2));
}

TEST_F(PollWatcherTest, HintsOncePerSourceHoweverManyDirectories) {
  tree_.makeDirectory("a");
  tree_.watch(*watcher_, 0, "");
  tree_.watch(*watcher_, 0, "a");

  watcher_->flush();

  EXPECT_THAT(hints_.take(), ElementsAre(SourceHint{0, kWhole}));
}

TEST_F(PollWatcherTest, FollowsAShorterInterval) {
  tree_.watch(*watcher_, 0, "");
  clock_.advance(milliseconds(100));

  watcher_->setPollInterval(milliseconds(50));

  EXPECT_TRUE(waitForHints(1));
}

TEST_F(PollWatcherTest, IsSilentWhenNothingIsWatched) {
  clock_.advance(milliseconds(5000));
  watcher_->flush();

  EXPECT_THAT(hints_.take(), IsEmpty());
}

}  // namespace
}  // namespace fsdb
