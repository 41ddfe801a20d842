#include "files/debouncer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/fake_clock.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Hint settled(std::string path) { return {std::move(path)}; }
Hint writing(std::string path) {
  return {std::move(path), HintScope::kEntry, HintKind::kWriting, 0};
}
Hint gone(std::string path) { return {std::move(path), HintScope::kEntry, HintKind::kGone, 0}; }
Hint subtree(std::string path) {
  return {std::move(path), HintScope::kSubtree, HintKind::kSettled, 0};
}
Hint movedFrom(std::string path, uint32_t cookie) {
  return {std::move(path), HintScope::kEntry, HintKind::kGone, cookie};
}
Hint movedTo(std::string path, uint32_t cookie) {
  return {std::move(path), HintScope::kEntry, HintKind::kSettled, cookie};
}

std::vector<std::string> pathsOf(const std::vector<SourceHint>& hints) {
  std::vector<std::string> paths;
  for (const SourceHint& entry : hints) paths.push_back(entry.hint.path);
  return paths;
}

class DebouncerTest : public testing::Test {
 protected:
  std::vector<std::string> takeDuePaths() { return pathsOf(debouncer_.takeDue()); }

  FakeClock clock_;
  Debouncer debouncer_{milliseconds(500), milliseconds(2000), clock_};
};

TEST_F(DebouncerTest, HoldsAPathUntilItHasBeenQuiet) {
  debouncer_.add(0, settled("a.json"));
  clock_.advance(milliseconds(499));
  EXPECT_THAT(debouncer_.takeDue(), IsEmpty());

  clock_.advance(milliseconds(1));
  EXPECT_THAT(debouncer_.takeDue(), ElementsAre(SourceHint{0, settled("a.json")}));
}

TEST_F(DebouncerTest, WaitsAgainAfterEveryHint) {
  debouncer_.add(0, settled("a.json"));
  clock_.advance(milliseconds(400));
  debouncer_.add(0, settled("a.json"));

  clock_.advance(milliseconds(499));
  EXPECT_THAT(debouncer_.takeDue(), IsEmpty());
  clock_.advance(milliseconds(1));
  EXPECT_THAT(takeDuePaths(), ElementsAre("a.json"));
}

TEST_F(DebouncerTest, ReleasesABusyFileAtLeastEveryMaxWait) {
  int releases = 0;
  for (int elapsed = 0; elapsed < 10'000; elapsed += 10) {
    debouncer_.add(0, writing("busy.json"));
    clock_.advance(milliseconds(10));
    releases += static_cast<int>(debouncer_.takeDue().size());
  }

  EXPECT_EQ(releases, 5);
}

TEST_F(DebouncerTest, ForgetsWhatItHasGivenAway) {
  debouncer_.add(0, settled("a.json"));
  clock_.advance(milliseconds(500));
  ASSERT_THAT(debouncer_.takeDue(), SizeIs(1));

  clock_.advance(milliseconds(5000));
  EXPECT_THAT(debouncer_.takeDue(), IsEmpty());
  EXPECT_EQ(debouncer_.size(), 0u);
}

TEST_F(DebouncerTest, TellsWhenItWillHaveSomethingToGive) {
  EXPECT_EQ(debouncer_.nextDeadline(), std::nullopt);
  debouncer_.add(0, settled("a.json"));
  EXPECT_EQ(debouncer_.nextDeadline(), clock_.now() + milliseconds(500));
  clock_.advance(milliseconds(100));
  debouncer_.add(0, settled("b.json"));
  EXPECT_EQ(debouncer_.nextDeadline(), clock_.now() + milliseconds(400));

  debouncer_.add(0, settled("a.json"));
  EXPECT_EQ(debouncer_.nextDeadline(), clock_.now() + milliseconds(500));
}

TEST_F(DebouncerTest, NeverNamesADeadlineAtWhichNothingIsDue) {
  for (int round = 0; round < 300; ++round) {
    debouncer_.add(0, settled("f" + std::to_string(round * 7 % 40)));
    if (round % 3 == 0) debouncer_.add(0, gone("f" + std::to_string(round * 11 % 40)));
    clock_.advance(milliseconds(round * 13 % 40));
  }

  while (const auto deadline = debouncer_.nextDeadline()) {
    if (*deadline > clock_.now()) {
      clock_.advance(*deadline - clock_.now() - std::chrono::nanoseconds(1));
      ASSERT_THAT(debouncer_.takeDue(), IsEmpty());
      clock_.advance(std::chrono::nanoseconds(1));
    }
    ASSERT_THAT(debouncer_.takeDue(), testing::Not(IsEmpty()));
  }
  EXPECT_EQ(debouncer_.size(), 0u);
}

TEST_F(DebouncerTest, OrdersBySourceAndPath) {
  debouncer_.add(1, settled("a"));
  debouncer_.add(0, settled("b"));
  debouncer_.add(0, settled("a"));

  EXPECT_THAT(debouncer_.takeAll(),
              ElementsAre(SourceHint{0, settled("a")}, SourceHint{0, settled("b")},
                          SourceHint{1, settled("a")}));
}

TEST_F(DebouncerTest, KeepsTheLastKindAndTheWidestScope) {
  debouncer_.add(0, subtree("a"));
  debouncer_.add(0, gone("a"));

  EXPECT_THAT(debouncer_.takeAll(),
              ElementsAre(SourceHint{0, Hint{"a", HintScope::kSubtree, HintKind::kGone, 0}}));
}

TEST_F(DebouncerTest, GivesAllToABarrierHoweverYoung) {
  debouncer_.add(0, settled("a"));
  debouncer_.add(3, writing("b"));

  EXPECT_THAT(pathsOf(debouncer_.takeAll()), ElementsAre("a", "b"));
  EXPECT_EQ(debouncer_.nextDeadline(), std::nullopt);
}

class DebouncerWithoutDelayTest : public DebouncerTest {
 protected:
  DebouncerWithoutDelayTest() = default;
  Debouncer eager_{milliseconds(0), milliseconds(0), clock_};
};

TEST_F(DebouncerWithoutDelayTest, ReleasesASettledPathAtOnce) {
  eager_.add(0, settled("a"));

  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("a"));
}

TEST_F(DebouncerWithoutDelayTest, WaitsForAWriterToClose) {
  eager_.add(0, writing("a"));
  EXPECT_THAT(eager_.takeDue(), IsEmpty());

  eager_.add(0, settled("a"));
  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("a"));
}

TEST_F(DebouncerWithoutDelayTest, GivesUpWaitingForAWriterThatStaysOpen) {
  eager_.add(0, writing("a"));
  clock_.advance(Debouncer::kWritingQuiet - milliseconds(1));
  EXPECT_THAT(eager_.takeDue(), IsEmpty());

  clock_.advance(milliseconds(1));
  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("a"));
}

TEST_F(DebouncerWithoutDelayTest, MakesDeleteAndCreateOneChange) {
  eager_.add(0, gone("a"));
  clock_.advance(Debouncer::kGoneQuiet - milliseconds(1));
  ASSERT_THAT(eager_.takeDue(), IsEmpty());
  eager_.add(0, writing("a"));
  eager_.add(0, settled("a"));

  EXPECT_THAT(eager_.takeDue(), ElementsAre(SourceHint{0, settled("a")}));
  EXPECT_EQ(eager_.size(), 0u);
}

TEST_F(DebouncerWithoutDelayTest, ReleasesBothHalvesOfARenameTogether) {
  eager_.add(0, movedFrom("old", 7));
  EXPECT_THAT(eager_.takeDue(), IsEmpty());
  eager_.add(0, movedTo("new", 7));

  EXPECT_THAT(eager_.takeDue(),
              ElementsAre(SourceHint{0, movedTo("new", 7)}, SourceHint{0, movedFrom("old", 7)}));
}

TEST_F(DebouncerWithoutDelayTest, TiesHalvesThatArriveInReverse) {
  eager_.add(0, Hint{"new", HintScope::kEntry, HintKind::kWriting, 7});
  eager_.add(0, movedFrom("old", 7));
  eager_.add(0, settled("new"));

  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("new", "old"));
}

TEST_F(DebouncerWithoutDelayTest, ReleasesAChainOfRenamesTogether) {
  eager_.add(0, movedFrom("a", 1));
  eager_.add(0, movedTo("b", 1));
  eager_.add(0, movedFrom("b", 2));
  eager_.add(0, movedTo("c", 2));

  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("a", "b", "c"));
}

TEST_F(DebouncerWithoutDelayTest, ReleasesAnExchangeTogether) {
  eager_.add(0, movedFrom("a", 1));
  eager_.add(0, movedTo("b", 1));
  eager_.add(0, movedFrom("b", 2));
  eager_.add(0, movedTo("a", 2));

  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("a", "b"));
  EXPECT_EQ(eager_.size(), 0u);
}

TEST_F(DebouncerWithoutDelayTest, TiesARenameBetweenSources) {
  eager_.add(0, movedFrom("a", 1));
  eager_.add(1, movedTo("a", 1));

  EXPECT_THAT(eager_.takeDue(),
              ElementsAre(SourceHint{0, movedFrom("a", 1)}, SourceHint{1, movedTo("a", 1)}));
}

TEST_F(DebouncerWithoutDelayTest, DoesNotTieAHalfToOneThatIsGivenAwayAlready) {
  eager_.add(0, movedTo("new", 7));
  ASSERT_THAT(eager_.takeDue(), SizeIs(1));

  eager_.add(0, movedFrom("old", 7));
  EXPECT_THAT(eager_.takeDue(), IsEmpty());
  clock_.advance(Debouncer::kGoneQuiet);
  EXPECT_THAT(pathsOf(eager_.takeDue()), ElementsAre("old"));
}

TEST_F(DebouncerTest, LeavesOutWhatAWiderHintCovers) {
  debouncer_.add(0, subtree("d"));
  debouncer_.add(0, settled("d/x"));
  debouncer_.add(0, settled("d/e/y"));
  debouncer_.add(0, settled("d-x"));
  debouncer_.add(0, settled("dx"));
  debouncer_.add(1, settled("d/x"));

  EXPECT_THAT(pathsOf(debouncer_.takeAll()), ElementsAre("d", "d-x", "dx", "d/x"));
}

TEST_F(DebouncerTest, LeavesOutEverythingBelowAWholeSource) {
  debouncer_.add(0, settled("a/b"));
  debouncer_.add(0, subtree(""));
  debouncer_.add(0, subtree("c"));

  EXPECT_THAT(debouncer_.takeAll(), ElementsAre(SourceHint{0, subtree("")}));
}

TEST_F(DebouncerTest, KeepsAFileThatIsNotDueWhenAWiderHintIs) {
  debouncer_.add(0, subtree("d"));
  clock_.advance(milliseconds(400));
  debouncer_.add(0, writing("d/x"));

  clock_.advance(milliseconds(100));
  EXPECT_THAT(takeDuePaths(), ElementsAre("d"));
  EXPECT_EQ(debouncer_.size(), 1u);
}

class DebouncerLimitTest : public DebouncerTest {
 protected:
  void addMany(size_t source, size_t count) {
    for (size_t i = 0; i < count; ++i) debouncer_.add(source, settled("f" + std::to_string(i)));
  }
};

TEST_F(DebouncerLimitTest, HoldsAsManyPathsAsItPromises) {
  addMany(0, Debouncer::kMaxPaths);
  clock_.advance(milliseconds(500));

  EXPECT_THAT(debouncer_.takeDue(), SizeIs(Debouncer::kMaxPaths));
}

TEST_F(DebouncerLimitTest, CollapsesMorePathsIntoTheWholeSource) {
  debouncer_.add(1, settled("other"));
  addMany(0, Debouncer::kMaxPaths + 1);

  EXPECT_EQ(debouncer_.size(), 2u);
  EXPECT_THAT(debouncer_.takeAll(),
              ElementsAre(SourceHint{0, subtree("")}, SourceHint{1, settled("other")}));
}

TEST_F(DebouncerLimitTest, StaysCollapsedUntilItIsTaken) {
  addMany(0, Debouncer::kMaxPaths + 1);
  addMany(0, 1000);
  EXPECT_EQ(debouncer_.size(), 1u);

  clock_.advance(milliseconds(500));
  EXPECT_THAT(debouncer_.takeDue(), ElementsAre(SourceHint{0, subtree("")}));
  addMany(0, 1000);
  EXPECT_EQ(debouncer_.size(), 1000u);
}

TEST_F(DebouncerLimitTest, ACollapseWaitsNoLongerThanItsOldestPath) {
  debouncer_.add(0, settled("old"));
  clock_.advance(milliseconds(400));
  for (int rest = 1600; rest > 0; rest -= 400) {
    addMany(0, Debouncer::kMaxPaths);
    clock_.advance(milliseconds(400));
  }

  EXPECT_THAT(debouncer_.takeDue(), ElementsAre(SourceHint{0, subtree("")}));
}

TEST_F(DebouncerLimitTest, ACollapseLetsGoOfRenamesIntoOtherSources) {
  debouncer_.add(1, movedTo("a", 5));
  debouncer_.add(0, movedFrom("a", 5));
  addMany(0, Debouncer::kMaxPaths);
  debouncer_.add(2, movedTo("b", 5));

  EXPECT_THAT(pathsOf(debouncer_.takeAll()), ElementsAre("", "a", "b"));
}

TEST(DebouncerThreadsTest, LosesNothingBetweenThreads) {
  const SystemClock clock;
  Debouncer debouncer(milliseconds(0), milliseconds(0), clock);
  constexpr int kPaths = 20'000;
  std::set<std::string> seen;

  std::thread writer([&] {
    for (int i = 0; i < kPaths; ++i) debouncer.add(0, settled(std::to_string(i)));
  });
  while (seen.size() < kPaths / 2) {
    for (SourceHint& entry : debouncer.takeDue()) seen.insert(std::move(entry.hint.path));
    debouncer.nextDeadline();
  }
  writer.join();
  for (SourceHint& entry : debouncer.takeAll()) seen.insert(std::move(entry.hint.path));

  EXPECT_EQ(seen.size(), static_cast<size_t>(kPaths));
}

}  // namespace
}  // namespace fsdb
