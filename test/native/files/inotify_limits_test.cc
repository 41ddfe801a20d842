#include "files/inotify_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cerrno>

#include "files/hint_collector.h"
#include "files/own_namespace.h"
#include "files/watched_tree.h"
#include "support/fake_clock.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InotifyLimitsTest : public testing::Test {
 protected:
  std::unique_ptr<Watcher> makeWatcher() {
    return createInotifyWatcher(hints_.sink(), clock_, milliseconds(1000)).value();
  }
  void watchDirectories(Watcher& watcher, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string name = "d" + std::to_string(i);
      tree_.makeDirectory(name);
      tree_.watch(watcher, 0, name);
    }
  }
  // What polling hints at: the clock is ours, so an interval takes no time.
  HintCollector::Hints hintsOfOneInterval(Watcher& watcher) {
    watcher.flush();
    hints_.take();
    clock_.advance(milliseconds(1000));
    watcher.flush();
    return hints_.take();
  }

  FakeClock clock_;
  WatchedTree tree_;
  HintCollector hints_;
};

TEST_F(InotifyLimitsTest, NamesTheLimitAndTheNumbers) {
  EXPECT_THAT(describePolled(ENOSPC, 711, 300),
              AllOf(HasSubstr("711 directories are"), HasSubstr("300 are used here"),
                    HasSubstr("fs.inotify.max_user_watches")));
  EXPECT_THAT(describePolled(EACCES, 1, 300),
              AllOf(HasSubstr("1 directory is"), HasSubstr("Permission denied")));
  EXPECT_THAT(describeUnwatchedFiles(EDQUOT), HasSubstr("no more than 1024"));
}

TEST_F(InotifyLimitsTest, PollsWhatTheSystemRefusesToWatch) {
  const auto watcher = makeWatcher();
  tree_.write("plain");
  tree_.makeDirectory("refused");
  const UniqueFd notADirectory = tree_.open("plain");

  watcher->watch(0, notADirectory.get(), "refused");

  EXPECT_EQ(watcher->status().polled, 1);
  EXPECT_THAT(watcher->status().degraded, ElementsAre(HasSubstr("Not a directory")));
  const Hint poll{"refused", HintScope::kSubtree, HintKind::kSettled, 0};
  EXPECT_THAT(hintsOfOneInterval(*watcher), ElementsAre(SourceHint{0, poll}));
  EXPECT_THAT(hintsOfOneInterval(*watcher), ElementsAre(SourceHint{0, poll}));
}

TEST_F(InotifyLimitsTest, WatchesARefusedDirectoryAsSoonAsTheSystemLetsIt) {
  const auto watcher = makeWatcher();
  tree_.write("plain");
  tree_.makeDirectory("d");
  const UniqueFd notADirectory = tree_.open("plain");
  watcher->watch(0, notADirectory.get(), "d");

  tree_.watch(*watcher, 0, "d");

  EXPECT_EQ(watcher->status().polled, 0);
  EXPECT_EQ(watcher->status().directories, 1);
  EXPECT_THAT(watcher->status().degraded, IsEmpty());
  EXPECT_THAT(hintsOfOneInterval(*watcher), IsEmpty());
}

TEST_F(InotifyLimitsTest, PollsByTheIntervalThatWasSetLast) {
  const auto watcher = makeWatcher();
  tree_.write("plain");
  const UniqueFd notADirectory = tree_.open("plain");
  watcher->watch(0, notADirectory.get(), "d");

  watcher->setPollInterval(milliseconds(60'000));
  EXPECT_THAT(hintsOfOneInterval(*watcher), IsEmpty());
  clock_.advance(milliseconds(59'000));
  watcher->flush();
  EXPECT_TRUE(covers(hints_.take(), 0, "d/x"));
}

TEST_F(InotifyLimitsTest, PollsTheDirectoriesBeyondTheLimitOfWatchesAndRecovers) {
  if (!isInOwnNamespace()) {
    const ChildResult child = runInOwnNamespace({{"/proc/sys/user/max_inotify_watches", "20"}});
    EXPECT_NE(child, ChildResult::kFailed);
    if (child == ChildResult::kPassed) return;
    // Where the limit cannot be lowered it is not reached.
    const auto unlimited = makeWatcher();
    watchDirectories(*unlimited, 0, 30);
    EXPECT_EQ(unlimited->status().directories, 30);
    return;
  }
  const auto watcher = makeWatcher();
  watchDirectories(*watcher, 0, 30);

  const WatcherStatus status = watcher->status();
  EXPECT_EQ(status.directories, 20);
  EXPECT_EQ(status.polled, 10);
  EXPECT_THAT(status.degraded,
              ElementsAre(AllOf(HasSubstr("10 directories"), HasSubstr("20 are used"),
                                HasSubstr("user.max_inotify_watches of this user namespace is 20"),
                                HasSubstr("fs.inotify.max_user_watches"))));
  const HintCollector::Hints polled = hintsOfOneInterval(*watcher);
  EXPECT_EQ(polled.size(), 10u);
  EXPECT_TRUE(covers(polled, 0, "d29/x"));

  for (int i = 0; i < 10; ++i) watcher->unwatch(0, "d" + std::to_string(i));
  watchDirectories(*watcher, 20, 30);
  EXPECT_EQ(watcher->status().directories, 20);
  EXPECT_EQ(watcher->status().polled, 0);
  EXPECT_THAT(watcher->status().degraded, IsEmpty());
  EXPECT_THAT(hintsOfOneInterval(*watcher), IsEmpty());
}

TEST_F(InotifyLimitsTest, FailsWhenTheSystemHasNoInstanceLeft) {
  if (!isInOwnNamespace()) {
    const ChildResult child = runInOwnNamespace({{"/proc/sys/user/max_inotify_instances", "1"}});
    EXPECT_NE(child, ChildResult::kFailed);
    if (child == ChildResult::kPassed) return;
  }
  // The limit of descriptors gives the same error where the limit of instances cannot be lowered.
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const auto first = makeWatcher();
  rlimit none = before;
  none.rlim_cur = 0;
  if (!isInOwnNamespace()) ::setrlimit(RLIMIT_NOFILE, &none);
  const auto second = createInotifyWatcher(hints_.sink(), clock_, milliseconds(1000));
  ::setrlimit(RLIMIT_NOFILE, &before);

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_EQ(second.error().systemCode, EMFILE);
}

TEST_F(InotifyLimitsTest, WatchesNoMoreFilesThanItPromisesAndSaysSo) {
  const auto watcher = makeWatcher();
  tree_.makeDirectory("links");
  for (size_t i = 0; i <= Watcher::kMaxFileWatches; ++i) {
    const std::string name = "links/" + std::to_string(i);
    tree_.write(name);
    const UniqueFd file = tree_.open(name);
    watcher->watchFile(0, file.get(), name);
    if (i + 1 == Watcher::kMaxFileWatches) {
      EXPECT_THAT(watcher->status().degraded, IsEmpty());
    }
  }

  EXPECT_THAT(watcher->status().degraded, ElementsAre(HasSubstr("several hard links")));
  EXPECT_EQ(watcher->status().directories, 0);
}

}  // namespace
}  // namespace fsdb
