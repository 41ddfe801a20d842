#include "sqlite/migration.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/thread.h"
#include "sqlite/transaction.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

class MigrationTest : public testing::Test {
 protected:
  std::unique_ptr<Connection> open() { return Connection::open(path_).value(); }
  int64_t number(const char* sql) { return connection_->queryInteger(sql).value(); }
  std::string metaVersion() {
    auto statement = connection_->prepare("SELECT value FROM _fsdb_meta WHERE key = 'version'");
    if (!statement || !statement->step().value()) return {};
    return std::string(statement->text(0));
  }

  TempDirectory directory_;
  const std::string path_ = directory_.path("a.db");
  std::unique_ptr<Connection> connection_ = open();
  const std::vector<Migration> steps_{{"CREATE TABLE a (x)"},
                                      {"CREATE TABLE b (x); INSERT INTO b VALUES (7)"}};
};

TEST_F(MigrationTest, BringsAnEmptyFileUpToDate) {
  ASSERT_TRUE(migrate(*connection_, steps_, "1.2.3"));

  EXPECT_EQ(number("PRAGMA user_version"), 2);
  EXPECT_EQ(number("SELECT x FROM b"), 7);
  EXPECT_EQ(metaVersion(), "1.2.3");
}

TEST_F(MigrationTest, RunsOnlyTheStepsThatAreMissing) {
  ASSERT_TRUE(migrate(*connection_, std::span(steps_).first(1), "1.0.0"));
  ASSERT_TRUE(connection_->exec("INSERT INTO a VALUES (1)"));

  ASSERT_TRUE(migrate(*connection_, steps_, "1.1.0"));
  ASSERT_TRUE(migrate(*connection_, steps_, "1.1.1"));

  EXPECT_EQ(number("SELECT count(*) FROM a"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM b"), 1);
  EXPECT_EQ(metaVersion(), "1.1.0");
}

TEST_F(MigrationTest, RefusesANewerFileAndTouchesNothing) {
  ASSERT_TRUE(migrate(*connection_, steps_, "2.0.0"));
  const auto before = directory_.read("a.db");

  const auto migrated = migrate(*connection_, std::span(steps_).first(1), "1.0.0");

  EXPECT_EQ(migrated.error().code, ErrorCode::kSchema);
  EXPECT_EQ(migrated.error().message,
            "migrate: the file has schema 2, written by version 2.0.0; version 1.0.0 knows schema "
            "1");
  EXPECT_EQ(directory_.read("a.db"), before);
}

TEST_F(MigrationTest, AStepThatFailsLeavesNothingBehindAndTheStepsBeforeItStay) {
  const std::vector<Migration> broken{{"CREATE TABLE a (x)"},
                                      {"CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)"}};

  const auto migrated = migrate(*connection_, broken, "1.0.0");

  EXPECT_EQ(migrated.error().code, ErrorCode::kSchema);
  EXPECT_EQ(migrated.error().message, "migrate to schema 2: no such table: nowhere");
  EXPECT_EQ(number("PRAGMA user_version"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  EXPECT_TRUE(migrate(*connection_, steps_, "1.0.1"));
}

TEST_F(MigrationTest, AStepMayNotEndItsTransaction) {
  const std::vector<Migration> wrong{{"CREATE TABLE a (x); COMMIT"}};

  EXPECT_EQ(migrate(*connection_, wrong, "1.0.0").error().code, ErrorCode::kSchema);
  EXPECT_FALSE(connection_->inTransaction());
}

TEST_F(MigrationTest, ALockThatPassesIsNotASchemaError) {
  auto transaction = Transaction::begin(*connection_).value();
  auto other = open();
  other->setBusyHandler([](std::chrono::microseconds) { return std::chrono::microseconds(0); });

  EXPECT_EQ(migrate(*other, steps_, "1.0.0").error().code, ErrorCode::kBusy);
}

TEST_F(MigrationTest, AFullDiskIsNotASchemaError) {
  ASSERT_TRUE(connection_->exec("CREATE TABLE old (x); PRAGMA max_page_count=2"));

  EXPECT_EQ(migrate(*connection_, steps_, "1.0.0").error().code, ErrorCode::kFull);
}

// Two threads, each with a connection of its own, stand for two processes: SQLite's locks between
// them are the same.
TEST_F(MigrationTest, ManyMayConfigureAndMigrateAtOnce) {
  constexpr int kThreads = 4;
  const std::string path = directory_.path("new.db");
  std::vector<Result<void>> results(kThreads);
  {
    std::vector<Thread> threads;
    for (int i = 0; i < kThreads; i++) {
      threads.emplace_back("migrate", [&, i] {
        auto connection = Connection::open(path);
        results[i] = connection ? configureDatabase(**connection) : connection.error();
        if (results[i]) results[i] = migrate(**connection, steps_, "1.0.0");
      });
    }
  }

  for (const auto& result : results) {
    EXPECT_TRUE(result) << result.error().message;
  }
  auto connection = Connection::open(path).value();
  EXPECT_EQ(connection->queryInteger("SELECT count(*) FROM b").value(), 1);
}

// The guard of one process must not keep another from creating the database.
TEST_F(MigrationTest, ManyProcessesMayCreateTheSameDatabaseUnderTheirGuards) {
  const std::string path = directory_.path("new.db");
  const auto open = [&] {
    auto guard = FileGuard::acquire(path);
    if (!guard) return false;
    auto connection = Connection::open(path);
    return connection && configureDatabase(**connection, &*guard) &&
           migrate(**connection, steps_, "1.0.0");
  };

  std::vector<pid_t> children;
  for (int i = 0; i < 4; i++) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(open() ? 0 : 1);
    children.push_back(child);
  }

  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  auto connection = Connection::open(path).value();
  EXPECT_EQ(connection->queryInteger("SELECT count(*) FROM b").value(), 1);
}

TEST_F(MigrationTest, ConfiguresANewFileForConcurrentUse) {
  auto guard = FileGuard::acquire(directory_.path("new.db")).value();
  auto connection = Connection::open(directory_.path("new.db")).value();

  ASSERT_TRUE(configureDatabase(*connection, &guard));

  EXPECT_EQ(connection->queryInteger("PRAGMA page_size").value(), kPageSize);
  EXPECT_EQ(connection->queryInteger("PRAGMA synchronous").value(), 2);
  EXPECT_EQ(
      connection->queryInteger("SELECT journal_mode = 'wal' FROM pragma_journal_mode").value(), 1);
}

TEST_F(MigrationTest, KeepsThePageSizeOfAFileThatHasContent) {
  ASSERT_TRUE(connection_->exec("CREATE TABLE t (a)"));

  ASSERT_TRUE(configureDatabase(*connection_));
  ASSERT_TRUE(configureDatabase(*connection_));

  EXPECT_EQ(number("PRAGMA page_size"), 4096);
  EXPECT_TRUE(connection_->exec("INSERT INTO t VALUES (1)"));
}

TEST_F(MigrationTest, ADatabaseInMemoryNeedsNoConfiguration) {
  for (const char* path : {":memory:", ""}) {
    auto connection = Connection::open(path).value();

    EXPECT_TRUE(configureDatabase(*connection));
    EXPECT_TRUE(migrate(*connection, steps_, "1.0.0"));
  }
}

TEST_F(MigrationTest, AnExclusiveOwnerMakesTheConfigurationFailAsBusy) {
  ASSERT_TRUE(connection_->exec("PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE t (a)"));
  ConnectionOptions options;
  options.busyTimeout = milliseconds(1);

  const auto other = Connection::open(path_, options);

  EXPECT_EQ(other.error().code, ErrorCode::kBusy);
}

}  // namespace
}  // namespace fsdb
