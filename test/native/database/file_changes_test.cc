// Whatever is done to files of a folder: at rest, the rows equal the files.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class FileChangesTest : public BothWatchers {
 protected:
  void SetUp() override {
    folder_.write("old.json", R"({"v":0})");
    folder_.openAndWait();
    folder_.expectDocument("old", R"({"v":0})");
  }

  // Paces what is written by the clock, as a program does that writes every few milliseconds.
  static void pause(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) ::usleep(500);
  }
  UniqueFd openFile(std::string_view name, int flags) {
    return UniqueFd(::open(folder_.path(name).c_str(), flags | O_CLOEXEC, 0644));
  }
};

FSDB_FOR_BOTH_WATCHERS(FileChangesTest);

TEST_P(FileChangesTest, ANewFileBecomesARow) {
  folder_.write("new.json", R"({ "v": 1 })");

  folder_.expectDocument("new", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AFileOfEachFormatBecomesARow) {
  folder_.write("j.json", R"({ "v": [1.50, "ä"] })");
  folder_.write("y.yaml", "v: 1\n");
  folder_.write("z.yml", "v: 2\n");
  folder_.write("m.md", "---\nv: 3\n---\nBody");
  folder_.write("p.prompty", "---\nv: 4\n---\nBody");
  folder_.write("ignored.txt", "text");

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 6u);
}

TEST_P(FileChangesTest, AChangedFileChangesItsRow) {
  const auto before = folder_.row("old");
  folder_.write("old.json", R"({"v":1})");

  folder_.expectDocument("old", R"({"v":1})");
  folder_.expectInStep();
  const auto after = folder_.row("old");
  EXPECT_EQ(after->version, before->version + 1);
  EXPECT_EQ(after->seq, before->seq);
  EXPECT_EQ(after->createdAt, before->createdAt);
}

TEST_P(FileChangesTest, ADeletedFileLosesItsRow) {
  folder_.remove("old.json");

  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
}

TEST_P(FileChangesTest, AnAtomicSaveIsAChangeOfTheSameRow) {
  const auto before = folder_.row("old");
  folder_.writeByRename("old.json", R"({"v":1})");

  folder_.expectDocument("old", R"({"v":1})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.row("old")->seq, before->seq);
  EXPECT_EQ(folder_.row("old")->createdAt, before->createdAt);
}

TEST_P(FileChangesTest, OfTwoAtomicSavesAtOnceTheLastOneCounts) {
  folder_.writeByRename("old.json", R"({"v":1})");
  folder_.writeByRename("old.json", R"({"v":2})");

  folder_.expectDocument("old", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AnAtomicSaveThatIsDeletedAtOnceLeavesNoRow) {
  folder_.writeByRename("old.json", R"({"v":1})");
  folder_.remove("old.json");

  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
}

TEST_P(FileChangesTest, TheLastOfWritesThreeMillisecondsApartCounts) {
  for (int i = 1; i <= 3; i++) {
    folder_.write("old.json", "{\"v\":" + std::to_string(i) + "}");
    pause(std::chrono::milliseconds(3));
  }

  folder_.expectDocument("old", R"({"v":3})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, TheLastOfTenWritesTwentyMillisecondsApartCounts) {
  for (int i = 1; i <= 10; i++) {
    folder_.write("old.json", "{\"v\":" + std::to_string(i) + "}");
    pause(std::chrono::milliseconds(20));
  }

  folder_.expectDocument("old", R"({"v":10})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AFileWrittenInChunksIsCompleteInTheEnd) {
  const UniqueFd file = openFile("slow.json", O_WRONLY | O_CREAT);
  const std::string text = R"({ "text": ")" + std::string(3000, 'x') + R"(" })";
  for (size_t at = 0; at < text.size(); at += 500) {
    ASSERT_EQ(::write(file.get(), text.data() + at, std::min<size_t>(500, text.size() - at)),
              static_cast<ssize_t>(std::min<size_t>(500, text.size() - at)));
    pause(std::chrono::milliseconds(5));
  }

  folder_.expectDocument("slow", R"({"text":")" + std::string(3000, 'x') + R"("})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AFileThatItsWriterKeepsOpenIsReadAllTheSame) {
  const UniqueFd file = openFile("open.json", O_WRONLY | O_CREAT);
  ASSERT_EQ(::write(file.get(), R"({"v":1})", 7), 7);

  folder_.expectDocument("open", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AWriteThroughAMappingIsSeenWhenTheFileIsClosed) {
  {
    const UniqueFd file = openFile("old.json", O_RDWR);
    void* const mapping = ::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    ASSERT_NE(mapping, MAP_FAILED);
    static_cast<char*>(mapping)[5] = '7';
    ASSERT_EQ(::munmap(mapping, 7), 0);
  }

  folder_.expectDocument("old", R"({"v":7})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AChangeThroughAnotherHardLinkInTheFolderIsSeenUnderBothNames) {
  std::filesystem::create_hard_link(folder_.path("old.json"), folder_.path("link.json"));
  folder_.expectDocument("link", R"({"v":0})");
  folder_.write("link.json", R"({"v":1})");

  folder_.expectDocument("link", R"({"v":1})");
  folder_.expectDocument("old", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AChangeThroughAHardLinkOutsideOfTheFolderIsSeen) {
  std::filesystem::create_hard_link(folder_.path("old.json"), folder_.outside("link.json"));
  // The scan that follows finds out that the file has a second name.
  ASSERT_NE(folder_.sync(), nullptr);
  SyncedFolder::writeAt(folder_.outside("link.json"), R"({"v":1})");

  folder_.expectDocument("old", R"({"v":1})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, ARenameThatChangesOnlyTheCaseIsARename) {
  const auto before = folder_.row("old");
  folder_.rename("old.json", "Old.json");

  folder_.expectInStep();
  ASSERT_TRUE(folder_.row("Old"));
  EXPECT_EQ(folder_.row("Old")->seq, before->seq);
  EXPECT_EQ(folder_.row("Old")->createdAt, before->createdAt);
}

TEST_P(FileChangesTest, TwoFilesThatAreExchangedExchangeTheirDocuments) {
  folder_.write("other.json", R"({"v":"other"})");
  folder_.expectInStep();
  ASSERT_EQ(::syscall(SYS_renameat2, AT_FDCWD, folder_.path("old.json").c_str(), AT_FDCWD,
                      folder_.path("other.json").c_str(), RENAME_EXCHANGE),
            0);

  folder_.expectDocument("old", R"({"v":"other"})");
  folder_.expectDocument("other", R"({"v":0})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, ARenameOverAnotherFileLeavesOneRow) {
  folder_.write("other.json", R"({"v":"other"})");
  folder_.expectInStep();
  folder_.rename("other.json", "old.json");

  folder_.expectDocument("old", R"({"v":"other"})");
  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
}

TEST_P(FileChangesTest, AChainOfRenamesEndsAtTheLastName) {
  folder_.rename("old.json", "b.json");
  folder_.rename("b.json", "c.json");
  folder_.rename("c.json", "d.json");

  folder_.expectInStep();
  EXPECT_EQ(folder_.row("d")->document, R"({"v":0})");
}

TEST_P(FileChangesTest, AShiftOfNamesGivesEachNameItsNewContent) {
  folder_.write("b.json", R"({"v":"b"})");
  folder_.write("c.json", R"({"v":"c"})");
  folder_.expectInStep();
  folder_.rename("c.json", "d.json");
  folder_.rename("b.json", "c.json");
  folder_.rename("old.json", "b.json");

  folder_.expectInStep();
  EXPECT_EQ(folder_.row("d")->document, R"({"v":"c"})");
}

TEST_P(FileChangesTest, AFileDeletedAndCreatedAgainKeepsItsRow) {
  const auto before = folder_.row("old");
  folder_.remove("old.json");
  folder_.write("old.json", R"({"v":1})");

  folder_.expectDocument("old", R"({"v":1})");
  folder_.expectInStep();
  // By timer a look may fall between the two.
  if (GetParam() == WatchMode::kAuto) {
    EXPECT_EQ(folder_.row("old")->seq, before->seq);
  }
}

TEST_P(FileChangesTest, AFileThatBecomesADirectoryLosesItsRowToTheFilesInIt) {
  folder_.remove("old.json");
  folder_.write("old.json/in.json", R"({"v":1})");

  folder_.expectInStep();
  ASSERT_EQ(folder_.rows().size(), 1u);
  EXPECT_EQ(folder_.rows()[0].path, "old.json/in.json");
}

TEST_P(FileChangesTest, ADirectoryThatBecomesAFileLosesItsRowsToTheFile) {
  folder_.write("d.json/in.json", R"({"v":1})");
  folder_.expectInStep();
  folder_.remove("d.json");
  folder_.write("d.json", R"({"v":2})");

  folder_.expectDocument("d", R"({"v":2})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, ATouchChangesNoVersionAndTellsNobody) {
  const auto before = folder_.row("old");
  const size_t told = folder_.events.reports().size();
  const auto later = std::filesystem::file_time_type::clock::now() + std::chrono::hours(1);
  std::filesystem::last_write_time(folder_.path("old.json"), later);
  folder_.write("mark.json", "{}");
  folder_.expectInStep();

  EXPECT_EQ(folder_.row("old")->version, before->version);
  for (size_t i = told; i < folder_.events.reports().size(); i++) {
    EXPECT_TRUE(folder_.events.reports()[i]->changed.empty());
  }
}

TEST_P(FileChangesTest, ATouchedFilesRowHasItsNewTime) {
  const auto before = folder_.row("old");
  const auto later = std::filesystem::file_time_type::clock::now() + std::chrono::hours(1);
  std::filesystem::last_write_time(folder_.path("old.json"), later);

  EXPECT_TRUE(
      folder_.waitUntil([&] { return folder_.row("old")->fileModified > before->fileModified; }));
}

TEST_P(FileChangesTest, OtherContentOfTheSameSizeAndTimeIsSeen) {
  const auto time = std::filesystem::last_write_time(folder_.path("old.json"));
  folder_.write("old.json", R"({"v":5})");
  std::filesystem::last_write_time(folder_.path("old.json"), time);

  folder_.expectDocument("old", R"({"v":5})");
  folder_.expectInStep();
}

TEST_P(FileChangesTest, AFileThatIsWrittenAllTheTimeIsUpdatedMeanwhile) {
  // It is never quiet for as long as the debounce asks: what helps is maxWait.
  folder_.close();
  folder_.config.debounce = std::chrono::hours(1);
  folder_.config.maxWait = std::chrono::milliseconds(50);
  folder_.openAndWait();
  int written = 0;
  int seen = 0;
  std::set<std::string> documents;
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (seen < 5 && std::chrono::steady_clock::now() < end) {
    folder_.writeByRename("busy.json", "{\"v\":" + std::to_string(++written) + "}");
    pause(std::chrono::milliseconds(2));
    const auto row = folder_.row("busy");
    if (row && documents.insert(row->document).second) seen++;
  }

  EXPECT_EQ(seen, 5);
  folder_.expectDocument("busy", "{\"v\":" + std::to_string(written) + "}");
}

TEST_P(FileChangesTest, CreatedAndDeletedWithinTheDebounceIsNoEvent) {
  if (GetParam() == WatchMode::kPoll) return;  // a look by timer may fall between the two
  folder_.write("brief.json", R"({"v":1})");
  folder_.remove("brief.json");
  folder_.write("mark.json", "{}");
  folder_.expectInStep();

  for (const auto& report : folder_.events.reports()) {
    for (const auto& added : report->added) EXPECT_NE(added.id, "brief");
  }
}

}  // namespace
}  // namespace fsdb
