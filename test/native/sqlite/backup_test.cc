#include "sqlite/backup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    EXPECT_TRUE(writer_->exec(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t WITH RECURSIVE r(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 500) SELECT randomblob(2000) FROM r"));
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::unique_ptr<Connection> open(const std::string& name) const {
    return Connection::open(path(name)).value();
  }
  int files() const {
    int count = 0;
    for (const auto& each : std::filesystem::directory_iterator(directory_.path())) {
      count += each.path().extension() == ".tmp" ? 1 : 0;
    }
    return count;
  }

  const TempDirectory directory_;
  std::unique_ptr<Connection> writer_ = open("a.sqlite");
};

TEST_F(BackupTest, CopiesTheMomentOfItsStart) {
  auto backup = Backup::start(open("a.sqlite"), path("b.sqlite"));
  ASSERT_TRUE(backup);
  ASSERT_TRUE((*backup)->step(10));
  ASSERT_TRUE(writer_->exec("DELETE FROM t"));
  while ((*backup)->progress().remainingPages > 0) ASSERT_TRUE((*backup)->step(100));

  const auto bytes = (*backup)->finish();

  ASSERT_TRUE(bytes);
  EXPECT_EQ(static_cast<uintmax_t>(*bytes), std::filesystem::file_size(path("b.sqlite")));
  EXPECT_EQ(open("b.sqlite")->queryInteger("SELECT count(*) FROM t").value(), 500);
  EXPECT_EQ(writer_->queryInteger("SELECT count(*) FROM t").value(), 0);
  EXPECT_EQ(files(), 0);
}

TEST_F(BackupTest, LeavesTheDestinationAsItIsUntilItIsFinished) {
  std::ofstream(path("b.sqlite")) << "before";
  {
    auto backup = Backup::start(open("a.sqlite"), path("b.sqlite"));
    ASSERT_TRUE(backup);
    ASSERT_TRUE((*backup)->step(10));
    EXPECT_EQ(files(), 1);
  }

  EXPECT_EQ(std::filesystem::file_size(path("b.sqlite")), 6U);
  EXPECT_EQ(files(), 0);
}

TEST_F(BackupTest, RefusesItselfAndWhatIsInUse) {
  const auto other = open("b.sqlite");
  ASSERT_TRUE(other->exec("PRAGMA journal_mode = WAL; CREATE TABLE u (a)"));

  const auto ontoItself = Backup::start(open("a.sqlite"), path("./a.sqlite"));
  const auto ontoOpen = Backup::start(open("a.sqlite"), path("b.sqlite"));
  const auto nowhere = Backup::start(open("a.sqlite"), path("none/b.sqlite"));

  ASSERT_FALSE(ontoItself);
  EXPECT_EQ(ontoItself.error().code, ErrorCode::kConflict);
  ASSERT_FALSE(ontoOpen);
  EXPECT_EQ(ontoOpen.error().code, ErrorCode::kConflict);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kIo);
  EXPECT_EQ(files(), 0);
}

}  // namespace
}  // namespace fsdb
