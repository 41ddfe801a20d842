// What a reader sees while the folder changes: never a half, never neither, never both.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class ConsistencyTest : public testing::Test {
 protected:
  // Reads on a connection of its own until told to stop; collects what it must never see.
  std::thread startReader(const std::string& sql, const std::string& expected) {
    return std::thread([this, sql, expected] {
      ConnectionOptions options;
      options.readonly = true;
      auto connection = Connection::open(folder_.databasePath, options);
      ASSERT_TRUE(connection.ok());
      auto statement = (*connection)->prepare(sql);
      ASSERT_TRUE(statement.ok());
      while (!done_) {
        auto row = statement->step();
        ASSERT_TRUE(row.ok() && *row);
        const std::string seen(statement->text(0));
        statement->reset();
        if (seen != expected) wrong_.insert(seen);
        reads_++;
      }
    });
  }
  void stop(std::thread& reader) {
    done_ = true;
    reader.join();
    EXPECT_GT(reads_, 0);
    EXPECT_EQ(wrong_, std::set<std::string>());
  }

  SyncedFolder folder_{WatchMode::kAuto, Disk::kMemory};
  std::atomic<bool> done_{false};
  std::atomic<int> reads_{0};
  std::set<std::string> wrong_;  // the reader's, until it has ended
};

TEST_F(ConsistencyTest, AReaderSeesARenamedFileExactlyOnce) {
  folder_.write("name-0.json", R"({"name":"always this"})");
  folder_.openAndWait();
  const auto before = folder_.row("name-0");
  std::thread reader = startReader("SELECT CAST(count(*) AS TEXT) FROM documents", "1");
  for (int i = 0; i < 50; i++) {
    const std::string to = "name-" + std::to_string(i + 1);
    folder_.rename("name-" + std::to_string(i) + ".json", to + ".json");
    ASSERT_TRUE(folder_.waitUntil([&] { return folder_.row(to).has_value(); }));
  }

  stop(reader);
  const auto after = folder_.row("name-50");
  EXPECT_EQ(after->seq, before->seq);
  EXPECT_EQ(after->createdAt, before->createdAt);
  EXPECT_EQ(after->version, before->version);
}

TEST_F(ConsistencyTest, AReaderSeesAFileThatIsRenamedAllTheTimeExactlyOnce) {
  folder_.write("a.json", R"({"v":1})");
  folder_.openAndWait();
  const auto before = folder_.row("a");
  std::thread reader = startReader("SELECT CAST(count(*) AS TEXT) FROM documents", "1");
  for (int i = 0; i < (kIsSanitized ? 300 : 3000); i++) {
    folder_.rename(i % 2 == 0 ? "a.json" : "b.json", i % 2 == 0 ? "b.json" : "a.json");
    // Paced, so that passes fall between the renames: a storm of them is one to the sync.
    ::usleep(static_cast<useconds_t>(100 + i % 7 * 100));
  }
  folder_.expectInStep();

  stop(reader);
  EXPECT_EQ(folder_.rows().at(0).seq, before->seq);
}

TEST_F(ConsistencyTest, AReaderSeesADirectoryThatIsRenamedWhole) {
  for (int i = 0; i < 200; i++) folder_.write("d0/" + std::to_string(i) + ".json", "{}");
  folder_.openAndWait();
  std::thread reader = startReader(
      "SELECT count(*) || ' in ' || count(DISTINCT substr(file_path, 1, instr(file_path, '/'))) "
      "FROM documents",
      "200 in 1");
  for (int i = 0; i < 10; i++) {
    const std::string to = "d" + std::to_string(i + 1);
    folder_.rename("d" + std::to_string(i), to);
    ASSERT_TRUE(folder_.waitUntil([&] { return folder_.row(to + "/0").has_value(); }));
  }

  stop(reader);
}

TEST_F(ConsistencyTest, ABatchIsVisibleWholeOrNotAtAll) {
  const auto fill = [&](const std::string& directory, int version) {
    for (int i = 0; i < 100; i++) {
      SyncedFolder::writeAt(directory + "/" + std::to_string(i) + ".json",
                            "{\"v\":" + std::to_string(version) + "}");
    }
  };
  fill(folder_.path("set"), 0);
  folder_.openAndWait();
  std::thread reader =
      startReader("SELECT CAST(count(DISTINCT document) AS TEXT) FROM documents", "1");
  for (int version = 1; version <= 10; version++) {
    fill(folder_.outside("next"), version);
    ASSERT_EQ(::syscall(SYS_renameat2, AT_FDCWD, folder_.path("set").c_str(), AT_FDCWD,
                        folder_.outside("next").c_str(), RENAME_EXCHANGE),
              0);
    folder_.expectDocument("set/99", "{\"v\":" + std::to_string(version) + "}");
  }

  stop(reader);
}

}  // namespace
}  // namespace fsdb
