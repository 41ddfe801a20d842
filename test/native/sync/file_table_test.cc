#include "sync/file_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

class FileTableTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(connection_->exec(FileTable::kSchema));
    table_ = std::make_unique<FileTable>(FileTable::create(*connection_).value());
  }
  void put(const std::string& path, FileState state = FileState::kOk,
           const FileError* error = nullptr) {
    FileRow row;
    row.type = "t";
    row.path = path;
    row.id = "id";
    row.stat = {1, 2, 3, 0xFFFFFFFFFFFFFFFFULL};
    row.hash = hashContent(path);
    row.state = state;
    row.error = error;
    ASSERT_TRUE(table_->put(row));
  }
  std::vector<std::string> paths(const std::string& below) {
    std::vector<std::string> found;
    const auto files = table_->load("t", below).value();
    for (const auto& file : files) found.push_back(file.path);
    return found;
  }
  static FileError errorAt(const std::string& path) {
    FileError error;
    error.type = "t";
    error.filePath = path;
    error.error.code = ErrorCode::kParse;
    error.error.message = "what";
    error.error.path = path;
    error.error.line = 3;
    error.error.column = 4;
    error.attempts = 2;
    error.since = "2026-01-01T00:00:00.000Z";
    return error;
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<FileTable> table_;
};

using Paths = std::vector<std::string>;

TEST_F(FileTableTest, GivesBackWhatWasPut) {
  put("a");

  const auto files = table_->load("t", "").value();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].id, "id");
  EXPECT_EQ(files[0].stat, (FileStat{1, 2, 3, 0xFFFFFFFFFFFFFFFFULL}));
  EXPECT_EQ(files[0].hash, hashContent("a"));
  EXPECT_EQ(files[0].state, FileState::kOk);
  EXPECT_FALSE(files[0].failure);
}

TEST_F(FileTableTest, LoadsWhatIsAtAPathAndBelowItInByteOrder) {
  for (const char* path : {"a", "a/x", "a/x/y", "a-b", "a0", "ab", "A/x", "a/\xC3\xA4"}) put(path);

  EXPECT_EQ(paths("a"), (Paths{"a", "a/x", "a/x/y", "a/\xC3\xA4"}));
  EXPECT_EQ(paths("a/x"), (Paths{"a/x", "a/x/y"}));
  EXPECT_EQ(paths("b"), Paths{});
  EXPECT_EQ(paths("").size(), 8u);
}

TEST_F(FileTableTest, PutReplacesAndRemoveForgets) {
  const FileError error = errorAt("a");
  put("a", FileState::kError, &error);
  put("a");
  EXPECT_TRUE(table_->loadErrors().value().empty());
  EXPECT_FALSE(table_->load("t", "a").value().at(0).failure);
  ASSERT_TRUE(table_->remove("t", "a"));

  EXPECT_TRUE(paths("").empty());
}

TEST_F(FileTableTest, GivesBackErrorsWhole) {
  FileError error = errorAt("a");
  put("a", FileState::kError, &error);
  FileError later = errorAt("b");
  later.nextRetryAt = "2026-01-01T00:00:01.000Z";
  put("b", FileState::kError, &later);

  EXPECT_EQ(table_->loadErrors().value(), (std::vector<FileError>{error, later}));
  const auto files = table_->load("t", "").value();
  EXPECT_EQ(files[0].failure->attempts, 2);
  EXPECT_EQ(files[0].failure->since, error.since);
  EXPECT_FALSE(files[0].retry);
  EXPECT_TRUE(files[1].retry);
}

TEST_F(FileTableTest, PutsManyFilesAsItPutsOne) {
  const FileError error = errorAt("x");
  put("a", FileState::kError, &error);
  put("one");
  std::vector<FileRow> rows(2);
  rows[0] = {"t", "a", "id", {1, 2, 3, 0xFFFFFFFFFFFFFFFFULL}, hashContent("one")};
  rows[1] = {"t", "b", std::nullopt, {4, 5, 6, 7}, std::nullopt};

  ASSERT_TRUE(table_->putAll(rows));
  ASSERT_TRUE(table_->putAll({}));

  const auto files = table_->load("t", "").value();
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(table_->loadErrors().value(), std::vector<FileError>{});
  EXPECT_EQ(files[1].id, std::nullopt);
  EXPECT_EQ(files[1].hash, std::nullopt);
  EXPECT_EQ(files[1].stat, (FileStat{4, 5, 6, 7}));
  const StoredFile& one = files[2];
  EXPECT_EQ(std::tie(files[0].id, files[0].stat, files[0].hash, files[0].state, files[0].retry),
            std::tie(one.id, one.stat, one.hash, one.state, one.retry));
  EXPECT_FALSE(files[0].failure);
}

TEST_F(FileTableTest, LoadsWhatWasStoredWhenItBegan) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/db";
  const auto writing = Connection::open(path).value();
  ASSERT_TRUE(writing->exec(std::string("PRAGMA journal_mode=WAL;") + FileTable::kSchema));
  auto writer = FileTable::create(*writing).value();
  const auto reading = Connection::open(path).value();
  auto reader = FileTable::create(*reading).value();
  FileRow row{"t", "a", "id", {1, 2, 3, 4}, hashContent("a")};
  ASSERT_TRUE(writer.put(row));

  auto loading = reader.beginLoad("t", "").value();
  row.path = "b";
  ASSERT_TRUE(writer.put(row));

  EXPECT_EQ(loading.finish().value().size(), 1U);
  EXPECT_EQ(reader.load("t", "").value().size(), 2U);
}

TEST_F(FileTableTest, FindsWhoLostAnId) {
  const FileError error = errorAt("x");
  put("b", FileState::kDuplicate, &error);
  put("a", FileState::kDuplicate, &error);
  put("broken", FileState::kError, &error);
  put("winner");

  EXPECT_EQ(table_->findDuplicates("t", "id").value(), (Paths{"a", "b"}));
  EXPECT_EQ(table_->findDuplicates("t", "other").value(), Paths{});
  EXPECT_EQ(table_->findDuplicates("u", "id").value(), Paths{});
}

TEST_F(FileTableTest, CountsSyncs) {
  EXPECT_EQ(table_->generation().value(), 0);
  ASSERT_TRUE(table_->setGeneration(7, "2026-01-01T00:00:00.000Z"));

  EXPECT_EQ(table_->generation().value(), 7);
}

}  // namespace
}  // namespace fsdb
