#include "files/inotify_events.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <new>

namespace fsdb {
namespace {

class InotifyEventsTest : public testing::Test {
 protected:
  std::optional<Hint> hint(uint32_t mask, const char* name, const WatchTable::Place& place) {
    auto* event = new (buffer_.data()) inotify_event{};
    event->mask = mask;
    event->cookie = (mask & IN_MOVE) != 0 ? 9 : 0;
    if (*name != 0) {
      event->len = 16;  // the kernel fills up with zeroes
      std::memset(event->name, 0, event->len);
      std::memcpy(event->name, name, std::strlen(name));
    }
    return hintOf(*event, place);
  }

  const WatchTable::Place directory_{0, "d", WatchTable::Role::kDirectory};
  const WatchTable::Place root_{0, "", WatchTable::Role::kDirectory};
  const WatchTable::Place file_{0, "d/linked", WatchTable::Role::kFile};
  const WatchTable::Place rootName_{0, "root", WatchTable::Role::kRootName};

 private:
  alignas(inotify_event) std::array<char, sizeof(inotify_event) + 16> buffer_{};
};

TEST_F(InotifyEventsTest, JoinsTheDirectoryAndTheName) {
  EXPECT_EQ(hint(IN_CLOSE_WRITE, "x", directory_)->path, "d/x");
  EXPECT_EQ(hint(IN_CLOSE_WRITE, "x", root_)->path, "x");
  EXPECT_EQ(hint(IN_DELETE_SELF, "", directory_)->path, "d");
}

TEST_F(InotifyEventsTest, TellsWritingFromSettledAndGone) {
  EXPECT_EQ(hint(IN_CREATE, "x", directory_)->kind, HintKind::kWriting);
  EXPECT_EQ(hint(IN_MODIFY, "x", directory_)->kind, HintKind::kWriting);
  EXPECT_EQ(hint(IN_CLOSE_WRITE, "x", directory_)->kind, HintKind::kSettled);
  EXPECT_EQ(hint(IN_ATTRIB, "x", directory_)->kind, HintKind::kSettled);
  EXPECT_EQ(hint(IN_MOVED_TO, "x", directory_)->kind, HintKind::kSettled);
  EXPECT_EQ(hint(IN_MOVED_FROM, "x", directory_)->kind, HintKind::kGone);
  EXPECT_EQ(hint(IN_DELETE, "x", directory_)->kind, HintKind::kGone);
}

TEST_F(InotifyEventsTest, WidensWhatIsAboutADirectory) {
  for (const uint32_t mask : {IN_CREATE, IN_ATTRIB, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE}) {
    EXPECT_EQ(hint(mask | IN_ISDIR, "x", directory_)->scope, HintScope::kSubtree) << mask;
  }
  for (const uint32_t mask : {IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT, IN_IGNORED}) {
    EXPECT_EQ(hint(mask, "", directory_)->scope, HintScope::kSubtree) << mask;
  }
  EXPECT_EQ(hint(IN_CREATE | IN_ISDIR, "x", directory_)->kind, HintKind::kSettled);
}

TEST_F(InotifyEventsTest, PassesTheCookieOfARename) {
  EXPECT_EQ(hint(IN_MOVED_FROM, "x", directory_)->cookie, 9u);
  EXPECT_EQ(hint(IN_MODIFY, "x", directory_)->cookie, 0u);
}

TEST_F(InotifyEventsTest, KeepsAWatchedFileAnEntry) {
  EXPECT_EQ(hint(IN_MODIFY, "", file_),
            (Hint{"d/linked", HintScope::kEntry, HintKind::kWriting, 0}));
  EXPECT_EQ(hint(IN_IGNORED, "", file_)->scope, HintScope::kEntry);
}

TEST_F(InotifyEventsTest, HearsOnlyTheRootsNameInTheDirectoryAboveIt) {
  EXPECT_EQ(hint(IN_CREATE | IN_ISDIR, "root", rootName_),
            (Hint{"", HintScope::kSubtree, HintKind::kSettled, 0}));
  EXPECT_EQ(hint(IN_DELETE | IN_ISDIR, "root", rootName_)->kind, HintKind::kGone);
  EXPECT_EQ(hint(IN_CREATE, "other", rootName_), std::nullopt);
  EXPECT_EQ(hint(IN_MODIFY, "root", rootName_), std::nullopt);
  EXPECT_EQ(hint(IN_IGNORED, "", rootName_), std::nullopt);
}

}  // namespace
}  // namespace fsdb
