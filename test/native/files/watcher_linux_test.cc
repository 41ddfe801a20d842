// What the inotify watcher makes of real events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "files/hint_collector.h"
#include "files/own_namespace.h"
#include "files/watched_tree.h"
#include "files/watcher.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::IsEmpty;

Hint entry(std::string path, HintKind kind) {
  return {std::move(path), HintScope::kEntry, kind, 0};
}
Hint subtree(std::string path, HintKind kind = HintKind::kSettled) {
  return {std::move(path), HintScope::kSubtree, kind, 0};
}

// The number of watches that the kernel holds for this process, by its own account.
size_t watchesInKernel() {
  size_t count = 0;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(fd.path());
    for (std::string line; std::getline(info, line);) {
      if (line.rfind("inotify wd:", 0) == 0) ++count;
    }
  }
  return count;
}

size_t openDescriptors() {
  const std::filesystem::directory_iterator begin("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

class InotifyWatcherTest : public testing::Test {
 protected:
  InotifyWatcherTest() {
    tree_.makeDirectory("sub");
    tree_.write("sub/a.json");
    tree_.watch(*watcher_, 0, "sub");
  }

  // The hints about source 0 since the last call.
  std::vector<Hint> hints() {
    watcher_->flush();
    std::vector<Hint> hints;
    for (SourceHint& hint : collector_.take()) {
      if (hint.source == 0) hints.push_back(std::move(hint.hint));
    }
    return hints;
  }
  bool hasHinted(const std::vector<Hint>& hints, std::string_view path) {
    HintCollector::Hints all;
    for (const Hint& hint : hints) all.push_back({0, hint});
    return covers(all, 0, path);
  }

  const SystemClock clock_;
  WatchedTree tree_;
  HintCollector collector_;
  std::unique_ptr<Watcher> watcher_ =
      createInotifyWatcher(collector_.sink(), clock_, milliseconds(60'000)).value();
};

TEST_F(InotifyWatcherTest, TellsAFileThatIsBeingWrittenFromOneThatIsComplete) {
  UniqueFd file = tree_.open("sub/slow.json", O_WRONLY | O_CREAT);
  ASSERT_EQ(::write(file.get(), "{", 1), 1);
  EXPECT_EQ(hints().back(), entry("sub/slow.json", HintKind::kWriting));

  ASSERT_EQ(::write(file.get(), "}", 1), 1);
  EXPECT_EQ(hints().back(), entry("sub/slow.json", HintKind::kWriting));
  file.reset();
  EXPECT_EQ(hints().back(), entry("sub/slow.json", HintKind::kSettled));
}

TEST_F(InotifyWatcherTest, TellsOfAFileThatIsDeleted) {
  tree_.remove("sub/a.json");

  EXPECT_EQ(hints().back(), entry("sub/a.json", HintKind::kGone));
}

TEST_F(InotifyWatcherTest, GivesBothHalvesOfARenameOneCookie) {
  tree_.rename("sub/a.json", "sub/b.json");

  const std::vector<Hint> seen = hints();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].path, "sub/a.json");
  EXPECT_EQ(seen[0].kind, HintKind::kGone);
  EXPECT_EQ(seen[1].path, "sub/b.json");
  EXPECT_EQ(seen[1].kind, HintKind::kSettled);
  EXPECT_NE(seen[0].cookie, 0u);
  EXPECT_EQ(seen[0].cookie, seen[1].cookie);
}

TEST_F(InotifyWatcherTest, TellsOfAChangeOfRights) {
  ::chmod(tree_.path("sub/a.json").c_str(), 0);
  EXPECT_THAT(hints(), Contains(entry("sub/a.json", HintKind::kSettled)));
  tree_.makeDirectory("sub/d");
  hints();

  ::chmod(tree_.path("sub/d").c_str(), 0700);
  EXPECT_THAT(hints(), Contains(subtree("sub/d")));
}

TEST_F(InotifyWatcherTest, TellsOfAFileThatWasWrittenThroughMemory) {
  {
    const UniqueFd file = tree_.open("sub/a.json", O_RDWR);
    void* memory = ::mmap(nullptr, 2, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    static_cast<char*>(memory)[0] = '[';
    ::munmap(memory, 2);
  }

  EXPECT_THAT(hints(), Contains(entry("sub/a.json", HintKind::kSettled)));
}

TEST_F(InotifyWatcherTest, TellsOfAChangeThroughAnotherHardLink) {
  std::filesystem::create_hard_link(tree_.path("sub/a.json"), tree_.path("outside.json"));
  const UniqueFd file = tree_.open("sub/a.json");
  watcher_->watchFile(0, file.get(), "sub/a.json");
  watcher_->watchFile(0, file.get(), "sub/a.json");
  hints();

  tree_.write("outside.json", "[1]");
  EXPECT_EQ(hints().back(), entry("sub/a.json", HintKind::kSettled));
  watcher_->unwatch(0, "sub/a.json");
  tree_.write("outside.json", "[2]");
  EXPECT_THAT(hints(), IsEmpty());
}

TEST_F(InotifyWatcherTest, HintsAtADirectoryWithAllBelowIt) {
  tree_.makeDirectory("sub/new");
  EXPECT_THAT(hints(), Contains(subtree("sub/new")));

  tree_.rename("sub/new", "gone");
  EXPECT_EQ(hints().back().scope, HintScope::kSubtree);
  tree_.rename("gone", "sub/back");
  EXPECT_EQ(hints().back().path, "sub/back");
}

TEST_F(InotifyWatcherTest, FollowsADirectoryToItsNewPath) {
  tree_.makeDirectory("sub/old/deep");
  tree_.watch(*watcher_, 0, "sub/old");
  tree_.watch(*watcher_, 0, "sub/old/deep");
  tree_.rename("sub/old", "sub/new");
  hints();

  watcher_->unwatch(0, "sub/old");
  tree_.watch(*watcher_, 0, "sub/new");
  tree_.watch(*watcher_, 0, "sub/new/deep");
  tree_.write("sub/new/deep/x");

  const std::vector<Hint> seen = hints();
  EXPECT_EQ(seen.back(), entry("sub/new/deep/x", HintKind::kSettled));
  EXPECT_FALSE(hasHinted(seen, "sub/old/deep/x"));
}

TEST_F(InotifyWatcherTest, KeepsAMovedDirectoryThatIsWatchedBeforeItIsForgotten) {
  tree_.makeDirectory("sub/old");
  tree_.watch(*watcher_, 0, "sub/old");
  tree_.rename("sub/old", "sub/new");
  tree_.watch(*watcher_, 0, "sub/new");
  watcher_->unwatch(0, "sub/old");
  hints();

  tree_.write("sub/new/x");

  EXPECT_EQ(hints().back(), entry("sub/new/x", HintKind::kSettled));
}

TEST_F(InotifyWatcherTest, FollowsTwoDirectoriesThatAreExchanged) {
  for (const char* name : {"sub/a", "sub/b", "sub/a/in", "sub/b/in"}) {
    tree_.makeDirectory(name);
    tree_.watch(*watcher_, 0, name);
  }
  ASSERT_EQ(::renameat2(AT_FDCWD, tree_.path("sub/a").c_str(), AT_FDCWD,
                        tree_.path("sub/b").c_str(), RENAME_EXCHANGE),
            0);
  const std::vector<Hint> exchange = hints();
  EXPECT_TRUE(hasHinted(exchange, "sub/a/in/x"));
  EXPECT_TRUE(hasHinted(exchange, "sub/b/in/x"));

  // Without forgetting first: the watcher sees that other directories have these paths now.
  for (const char* name : {"sub/a", "sub/a/in", "sub/b", "sub/b/in"}) {
    tree_.watch(*watcher_, 0, name);
  }
  hints();
  tree_.write("sub/a/in/x");
  EXPECT_EQ(hints().back(), entry("sub/a/in/x", HintKind::kSettled));
  tree_.write("sub/b/in/y");
  const std::vector<Hint> seen = hints();
  EXPECT_EQ(seen.back(), entry("sub/b/in/y", HintKind::kSettled));
  EXPECT_FALSE(hasHinted(seen, "sub/a/in/y"));
}

TEST_F(InotifyWatcherTest, ForgetsWhatWasBelowADirectoryThatAnotherReplaced) {
  tree_.makeDirectory("sub/d/deep");
  tree_.watch(*watcher_, 0, "sub/d");
  tree_.watch(*watcher_, 0, "sub/d/deep");
  tree_.rename("sub/d", "outside");
  tree_.makeDirectory("sub/d");
  tree_.watch(*watcher_, 0, "sub/d");
  hints();

  tree_.write("outside/deep/x");
  tree_.write("outside/y");

  EXPECT_THAT(hints(), IsEmpty());
  EXPECT_EQ(watcher_->status().directories, 2);
}

TEST_F(InotifyWatcherTest, GivesAHintForANameThatIsNotUtf8) {
  tree_.write("sub/\xff\xfe\n.json");

  EXPECT_EQ(hints().back().path, "sub/\xff\xfe\n.json");
}

TEST_F(InotifyWatcherTest, WatchesDeeperThanAPathCanBeLong) {
  const std::string component(200, 'd');
  UniqueFd fd = tree_.open("sub");
  std::string path = "sub";
  for (int depth = 0; depth < 30; ++depth) {
    ASSERT_EQ(::mkdirat(fd.get(), component.c_str(), 0777), 0);
    fd = UniqueFd(::openat(fd.get(), component.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    path += "/" + component;
    watcher_->watch(0, fd.get(), path);
  }

  { const UniqueFd file(::openat(fd.get(), "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0666)); }

  EXPECT_EQ(hints().back(), entry(path + "/x", HintKind::kSettled));
  EXPECT_EQ(watcher_->status().polled, 0);
}

TEST_F(InotifyWatcherTest, HintsAtTheWholeSourceWhenItsRootGoesAndReturns) {
  tree_.makeDirectory("root");
  // Held open, as the sync does: then the kernel tells of no end.
  const UniqueFd held = tree_.open("root", O_RDONLY | O_DIRECTORY);
  watcher_->watch(0, held.get(), "");
  hints();

  tree_.remove("root");
  EXPECT_THAT(hints(), Contains(subtree("", HintKind::kGone)));
  tree_.makeDirectory("root");
  EXPECT_THAT(hints(), Contains(subtree("")));
  tree_.watchAs(*watcher_, 0, "root", "");
  tree_.write("root/x");
  EXPECT_EQ(hints().back(), entry("x", HintKind::kSettled));
  tree_.rename("root", "elsewhere");
  EXPECT_THAT(hints(), Contains(subtree("", HintKind::kGone)));
}

TEST_F(InotifyWatcherTest, SaysNothingOfTheNeighboursOfARoot) {
  tree_.makeDirectory("root");
  tree_.watchAs(*watcher_, 7, "root", "");
  watcher_->flush();
  collector_.take();

  tree_.write("neighbour");
  tree_.makeDirectory("root2");
  watcher_->flush();

  EXPECT_THAT(collector_.take(), IsEmpty());
}

TEST_F(InotifyWatcherTest, TellsEachOfTwoNestedSources) {
  tree_.watchAs(*watcher_, 1, "sub", "");
  hints();

  tree_.write("sub/x");
  watcher_->flush();

  const HintCollector::Hints seen = collector_.take();
  EXPECT_TRUE(contains(seen, {0, entry("sub/x", HintKind::kSettled)}));
  EXPECT_TRUE(contains(seen, {1, entry("x", HintKind::kSettled)}));
}

TEST_F(InotifyWatcherTest, TurnsAnOverflowIntoARescanOfEverySource) {
  tree_.watchAs(*watcher_, 1, "sub", "");
  watcher_->flush();
  collector_.take();
  int limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  ASSERT_GT(limit, 0);

  collector_.hold();
  tree_.write("sub/first");
  collector_.waitUntilHolding();
  // Two events each at least, and no two the same that the queue might merge.
  for (int i = 0; i < limit; ++i) {
    const UniqueFd file = tree_.open("sub/" + std::to_string(i % 100), O_WRONLY | O_CREAT);
    ::unlink(tree_.path("sub/" + std::to_string(i % 100)).c_str());
  }
  collector_.release();
  watcher_->flush();

  const HintCollector::Hints seen = collector_.take();
  EXPECT_TRUE(contains(seen, {0, subtree("")}));
  EXPECT_TRUE(contains(seen, {1, subtree("")}));
  EXPECT_EQ(watcher_->status().overflows, 1);
  tree_.write("sub/after");
  EXPECT_EQ(hints().back(), entry("sub/after", HintKind::kSettled));
}

TEST_F(InotifyWatcherTest, ForgetsManyDirectoriesWithoutOverflowingTheQueue) {
  int limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  const int count = std::min(limit + 2000, 40'000);
  for (int i = 0; i < count; ++i) {
    const std::string name = "many/" + std::to_string(i);
    tree_.makeDirectory(name);
    tree_.watch(*watcher_, 0, name);
  }
  watcher_->flush();

  watcher_->unwatch(0, "many");
  watcher_->flush();

  EXPECT_EQ(watcher_->status().overflows, 0);
  EXPECT_EQ(watchesInKernel(), 1u);
}

TEST_F(InotifyWatcherTest, LeaksNoWatchOverManyCyclesOfDirectories) {
  hints();
  const size_t watches = watchesInKernel();
  const size_t descriptors = openDescriptors();

  for (int i = 0; i < 10'000; ++i) {
    tree_.makeDirectory("sub/d");
    tree_.watch(*watcher_, 0, "sub/d");
    if (i % 3 == 0) {
      tree_.rename("sub/d", "out" + std::to_string(i));
      watcher_->unwatch(0, "sub/d");
    } else {
      std::filesystem::remove(tree_.path("sub/d"));
      if (i % 3 == 1) watcher_->unwatch(0, "sub/d");
    }
  }
  watcher_->flush();

  EXPECT_EQ(watchesInKernel(), watches);
  EXPECT_EQ(openDescriptors(), descriptors);
  EXPECT_EQ(watcher_->status().directories, 1);
  EXPECT_FALSE(contains(collector_.take(), {0, subtree("")}));
}

TEST_F(InotifyWatcherTest, EndsWhileItsQueueIsFull) {
  collector_.hold();
  tree_.write("sub/first");
  collector_.waitUntilHolding();
  for (int i = 0; i < 5'000; ++i) {
    const UniqueFd file = tree_.open("sub/" + std::to_string(i), O_WRONLY | O_CREAT);
  }
  std::thread release([&] { collector_.release(); });

  watcher_.reset();

  release.join();
  EXPECT_EQ(watchesInKernel(), 0u);
}

TEST_F(InotifyWatcherTest, HintsAtEverythingWhenAFileSystemIsMountedOrUnmounted) {
  if (!isInOwnNamespace()) {
    const ChildResult child = runInOwnNamespace({});
    EXPECT_NE(child, ChildResult::kFailed);
    // Where nothing can be mounted, a watched mount table is all there is to promise.
    EXPECT_THAT(watcher_->status().degraded, IsEmpty());
    return;
  }
  tree_.makeDirectory("sub/mounted");
  const std::string point = tree_.path("sub/mounted");
  hints();
  ASSERT_EQ(::mount("none", point.c_str(), "tmpfs", 0, nullptr), 0) << ::strerror(errno);
  EXPECT_THAT(hints(), Contains(subtree("")));

  tree_.watch(*watcher_, 0, "sub/mounted");
  tree_.write("sub/mounted/x");
  EXPECT_EQ(hints().back(), entry("sub/mounted/x", HintKind::kSettled));
  ASSERT_EQ(::umount2(point.c_str(), MNT_DETACH), 0);
  const std::vector<Hint> unmounted = hints();
  EXPECT_THAT(unmounted, Contains(subtree("")));
  EXPECT_EQ(watcher_->status().directories, 1);
}

}  // namespace
}  // namespace fsdb
