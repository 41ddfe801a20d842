#include "sqlite/connection.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/thread.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class ConnectionTest : public testing::Test {
 protected:
  std::unique_ptr<Connection> open(ConnectionOptions options = {}) {
    return Connection::open(directory_.path("a.db"), options).value();
  }

  TempDirectory directory_;
};

TEST_F(ConnectionTest, CreatesAFileThatIsMissing) {
  auto connection = open();

  EXPECT_TRUE(connection->exec("CREATE TABLE t (a); INSERT INTO t VALUES (7)"));
  EXPECT_EQ(connection->queryInteger("SELECT a FROM t").value(), 7);
  EXPECT_EQ(connection->path(), directory_.path("a.db"));
  EXPECT_FALSE(connection->readonly());
}

TEST_F(ConnectionTest, CreatesNoFileThatMustExist) {
  ConnectionOptions options;
  options.fileMustExist = true;

  const auto opened = Connection::open(directory_.path("none.db"), options);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kIo);
  EXPECT_EQ(opened.error().path, directory_.path("none.db"));
  EXPECT_EQ(opened.error().message,
            "open " + directory_.path("none.db") + ": unable to open database file");
  EXPECT_EQ(opened.error().systemCode, ENOENT);
}

TEST_F(ConnectionTest, FindsOutAtOnceThatAFileIsNoDatabase) {
  directory_.write("a.db", std::string(4096, 'x'));

  const auto opened = Connection::open(directory_.path("a.db"));

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(opened.error().path, directory_.path("a.db"));
}

TEST_F(ConnectionTest, TrustsNothingInTheFile) {
  auto connection = open();

  EXPECT_EQ(connection->queryInteger("PRAGMA foreign_keys").value(), 1);
  EXPECT_EQ(connection->queryInteger("PRAGMA trusted_schema").value(), 0);
  EXPECT_EQ(connection->queryInteger("PRAGMA cell_size_check").value(), 1);
  EXPECT_EQ(connection->queryInteger("PRAGMA mmap_size").value(), 0);
  // DEFENSIVE: the schema cannot be written behind SQLite's back.
  ASSERT_TRUE(connection->exec("PRAGMA writable_schema=ON"));
  EXPECT_FALSE(connection->exec("UPDATE sqlite_schema SET sql = 'x'"));
  // A name in double quotes is a name, never a string.
  EXPECT_FALSE(connection->exec("SELECT \"no such column\""));
  EXPECT_FALSE(connection->exec("SELECT load_extension('x')"));
}

TEST_F(ConnectionTest, WritesNothingWhenReadonly) {
  ASSERT_TRUE(open()->exec("CREATE TABLE t (a)"));
  ConnectionOptions options;
  options.readonly = true;
  auto connection = open(options);

  const auto written = connection->exec("INSERT INTO t VALUES (1)");

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kReadonly);
  EXPECT_EQ(written.error().path, directory_.path("a.db"));
  EXPECT_TRUE(connection->readonly());
}

TEST_F(ConnectionTest, AnErrorCarriesTheExtendedCodeAndSqlitesOwnWords) {
  auto connection = open();
  ASSERT_TRUE(connection->exec("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)"));

  const auto inserted = connection->exec("INSERT INTO t VALUES (1)");

  ASSERT_FALSE(inserted);
  EXPECT_EQ(inserted.error().code, ErrorCode::kConstraint);
  EXPECT_EQ(inserted.error().message, "UNIQUE constraint failed: t.a");
  EXPECT_EQ(sqliteCodeName(inserted.error().sqliteCode), "SQLITE_CONSTRAINT_UNIQUE");
  EXPECT_EQ(connection->lastError("save").message, "save: UNIQUE constraint failed: t.a");
}

TEST_F(ConnectionTest, PreparesExactlyOneStatement) {
  auto connection = open();

  EXPECT_TRUE(connection->prepare("SELECT 1"));
  EXPECT_TRUE(connection->prepare("  -- one\n SELECT 1; ; -- more\n"));
  const struct {
    std::string_view sql;
    const char* message;
  } wrong[] = {
      {"", "The supplied SQL string contains no statements"},
      {" ; -- nothing", "The supplied SQL string contains no statements"},
      {"SELECT 1; SELECT 2", "The supplied SQL string contains more than one statement"},
      {std::string_view("SELECT 1\0; DROP", 15), "the SQL contains a NUL character"},
      {"SELEC 1", "near \"SELEC\": syntax error"},
      {"SELECT * FROM t", "no such table: t"},
  };
  for (const auto& [sql, message] : wrong) {
    const auto prepared = connection->prepare(sql);
    ASSERT_FALSE(prepared) << sql;
    EXPECT_EQ(prepared.error().code, ErrorCode::kSql);
    EXPECT_EQ(prepared.error().message, message);
  }
  EXPECT_FALSE(connection->exec(std::string("SELECT 1\0", 9)));
}

TEST_F(ConnectionTest, AFullFileIsReportedAsFullAndStaysReadable) {
  auto connection = open();
  ASSERT_TRUE(connection->exec("CREATE TABLE t (a); PRAGMA max_page_count=2"));

  const auto written = connection->exec("INSERT INTO t VALUES (zeroblob(100000))");

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kFull);
  EXPECT_EQ(connection->queryInteger("SELECT count(*) FROM t").value(), 0);
}

// Lowers the size that files may grow to; a write beyond it fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_ = {};
};

TEST_F(ConnectionTest, AFailedSystemCallIsReportedWithItsNumber) {
  auto connection = open();
  ASSERT_TRUE(connection->exec("CREATE TABLE t (a)"));

  Result<void> written;
  {
    FileSizeLimit limit(16'384);
    written = connection->exec("INSERT INTO t VALUES (zeroblob(100000))");
  }

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_EQ(written.error().systemCode, EFBIG);
  EXPECT_EQ(written.error().path, directory_.path("a.db"));
  EXPECT_TRUE(connection->exec("INSERT INTO t VALUES (zeroblob(100000))"));
}

TEST_F(ConnectionTest, GivesUpWithBusyWhenTheTimeoutHasPassed) {
  auto first = open();
  ASSERT_TRUE(first->exec("CREATE TABLE t (a); BEGIN IMMEDIATE"));
  ConnectionOptions options;
  options.busyTimeout = milliseconds(3);
  auto second = open(options);

  const auto begun = second->exec("BEGIN IMMEDIATE");

  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ErrorCode::kBusy);
  EXPECT_EQ(begun.error().message, "database is locked");
}

TEST_F(ConnectionTest, TheBusyHandlerHearsHowLongTheCallHasWaited) {
  auto first = open();
  ASSERT_TRUE(first->exec("CREATE TABLE t (a); BEGIN IMMEDIATE"));
  auto second = open();
  std::vector<microseconds> waits;
  second->setBusyHandler([&](microseconds waited) {
    waits.push_back(waited);
    if (waits.size() == 3) {
      EXPECT_TRUE(first->exec("COMMIT"));
    }
    return microseconds(200);
  });

  EXPECT_TRUE(second->exec("BEGIN IMMEDIATE"));

  ASSERT_EQ(waits.size(), 3U);
  EXPECT_LT(waits[0], microseconds(200));
  EXPECT_GE(waits[1], microseconds(200));
  EXPECT_GE(waits[2], microseconds(400));
}

TEST_F(ConnectionTest, ABusyHandlerThatReturnsZeroGivesUp) {
  auto first = open();
  ASSERT_TRUE(first->exec("CREATE TABLE t (a); BEGIN IMMEDIATE"));
  auto second = open();
  second->setBusyHandler([](microseconds) { return microseconds(0); });

  EXPECT_EQ(second->exec("BEGIN IMMEDIATE").error().code, ErrorCode::kBusy);
}

TEST_F(ConnectionTest, AnOldSnapshotThatCannotWriteIsBusy) {
  auto first = open();
  ASSERT_TRUE(first->exec("PRAGMA journal_mode=WAL; CREATE TABLE t (a)"));
  auto second = open();
  ASSERT_TRUE(second->exec("BEGIN; SELECT * FROM t"));
  ASSERT_TRUE(first->exec("INSERT INTO t VALUES (1)"));

  const auto written = second->exec("INSERT INTO t VALUES (2)");

  EXPECT_EQ(written.error().code, ErrorCode::kBusy);
  EXPECT_EQ(sqliteCodeName(written.error().sqliteCode), "SQLITE_BUSY_SNAPSHOT");
}

TEST_F(ConnectionTest, AnInterruptEndsARunningStatement) {
  auto connection = open();
  auto statement = connection
                       ->prepare(
                           "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 "
                           "FROM n) SELECT i FROM n")
                       .value();
  ASSERT_TRUE(statement.step().value());  // an interrupt before the first step would be lost

  Thread other("interrupt", [&] { connection->interrupt(); });
  const auto ended = statement.run();

  EXPECT_EQ(ended.error().code, ErrorCode::kTimeout);
}

TEST_F(ConnectionTest, CountsChangesAndRowids) {
  auto connection = open();
  ASSERT_TRUE(connection->exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)"));

  EXPECT_EQ(connection->changes(), 2);
  EXPECT_EQ(connection->totalChanges(), 2);
  EXPECT_EQ(connection->lastInsertRowid(), 2);
  EXPECT_FALSE(connection->inTransaction());
}

TEST_F(ConnectionTest, AStatementMayEndAfterItsConnection) {
  auto connection = open();
  auto statement = connection->prepare("SELECT 1").value();

  connection.reset();

  EXPECT_TRUE(statement.step().value());
}

TEST(QuoteNameTest, DoublesQuotes) {
  EXPECT_EQ(quoteName("plain"), "\"plain\"");
  EXPECT_EQ(quoteName("a\"; DROP TABLE t; --"), "\"a\"\"; DROP TABLE t; --\"");
}

TEST(SqliteVersionTest, IsOneWithoutTheWalResetBug) {
  int major = 0;
  int minor = 0;
  int patch = 0;
  ASSERT_EQ(std::sscanf(std::string(sqliteVersion()).c_str(), "%d.%d.%d", &major, &minor, &patch),
            3);

  EXPECT_GE(std::make_tuple(major, minor, patch), std::make_tuple(3, 51, 3));
}

}  // namespace
}  // namespace fsdb
