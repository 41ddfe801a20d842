#include "sqlite/file_guard.h"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include "base/thread.h"
#include "sqlite/connection.h"
#include "sqlite/migration.h"
#include "support/temp_directory.h"

struct sqlite3;

namespace fsdb {
namespace {

using std::chrono::milliseconds;

// Another copy of SQLite in this process, as better-sqlite3 or node:sqlite bring one: the system's
// library, where there is one.
class SecondSqlite {
 public:
  SecondSqlite() : library_(::dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL)) {}
  ~SecondSqlite() {
    if (library_ != nullptr) ::dlclose(library_);
  }
  explicit operator bool() const { return library_ != nullptr; }

  // Opens the database, reads from it and closes it again.
  void visit(const std::string& path) {
    using Open = int (*)(const char*, sqlite3**);
    using Exec = int (*)(sqlite3*, const char*, void*, void*, void*);
    using Close = int (*)(sqlite3*);
    sqlite3* handle = nullptr;
    ASSERT_EQ(function<Open>("sqlite3_open")(path.c_str(), &handle), 0);
    EXPECT_EQ(function<Exec>("sqlite3_exec")(handle, "SELECT * FROM t", nullptr, nullptr, nullptr),
              0);
    EXPECT_EQ(function<Close>("sqlite3_close")(handle), 0);
  }

 private:
  template <typename T>
  T function(const char* name) {
    return reinterpret_cast<T>(::dlsym(library_, name));
  }

  void* library_;
};

// What SQLite asks before it deletes the log: may this descriptor of its own have the database
// exclusively? POSIX locks of one process never conflict with each other; only the guard's does.
int tryExclusive(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000002;
  lock.l_len = 510;
  return ::fcntl(fd.get(), F_SETLK, &lock) == 0 ? 0 : errno;
}

class FileGuardTest : public testing::Test {
 protected:
  // A database with a row that is only in the log so far.
  std::unique_ptr<Connection> openWithLog(FileGuard* guard) {
    auto connection = Connection::open(path_).value();
    EXPECT_TRUE(configureDatabase(*connection, guard));
    EXPECT_TRUE(connection->exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
    return connection;
  }
  bool logExists() const { return std::filesystem::exists(path_ + "-wal"); }

  TempDirectory directory_;
  const std::string path_ = directory_.path("a.db");
};

TEST_F(FileGuardTest, NoOtherCopyInThisProcessCanHaveTheFileForItself) {
  auto guard = FileGuard::acquire(path_).value();
  auto connection = openWithLog(&guard);

  EXPECT_EQ(tryExclusive(path_), EAGAIN);

  guard.release();
  EXPECT_EQ(tryExclusive(path_), 0);  // as it is without the guard
}

TEST_F(FileGuardTest, ASecondSqliteInThisProcessLeavesTheLogAlone) {
  SecondSqlite second;
  auto guard = FileGuard::acquire(path_).value();
  auto connection = openWithLog(&guard);
  if (!second) {
    EXPECT_EQ(tryExclusive(path_), EAGAIN);
    return;
  }

  second.visit(path_);

  EXPECT_TRUE(logExists());
  guard.release();
  second.visit(path_);
  EXPECT_FALSE(logExists());  // what the guard is good for: the log of an open database is gone
}

TEST_F(FileGuardTest, SurvivesThatSomebodyOpensAndClosesTheFile) {
  auto guard = FileGuard::acquire(path_).value();
  auto connection = openWithLog(&guard);

  // Drops the locks of SQLite: POSIX locks end when any descriptor of the file is closed.
  EXPECT_FALSE(directory_.read("a.db").empty());

  EXPECT_EQ(tryExclusive(path_), EAGAIN);
}

TEST_F(FileGuardTest, ReadersWritersAndCheckpointsWorkBesideIt) {
  auto guard = FileGuard::acquire(path_).value();
  auto first = openWithLog(&guard);
  auto second = Connection::open(path_).value();

  EXPECT_TRUE(second->exec("INSERT INTO t VALUES (2)"));
  EXPECT_EQ(first->queryInteger("SELECT count(*) FROM t").value(), 2);
  EXPECT_EQ(first->queryInteger("PRAGMA wal_checkpoint(TRUNCATE)").value(), 0);
  EXPECT_TRUE(second->exec("VACUUM"));
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal") > 0, true);
}

TEST_F(FileGuardTest, TheLastCloseAfterReleaseRemovesTheLog) {
  auto guard = FileGuard::acquire(path_).value();
  auto connection = openWithLog(&guard);
  ASSERT_TRUE(logExists());

  guard.release();
  connection.reset();

  EXPECT_FALSE(logExists());
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
}

TEST_F(FileGuardTest, CanBeTakenAgain) {
  auto guard = FileGuard::acquire(path_).value();
  guard.release();

  ASSERT_TRUE(guard.lock());

  EXPECT_EQ(tryExclusive(path_), EAGAIN);
}

TEST_F(FileGuardTest, CreatesTheFileForItsOwnerOnly) {
  const mode_t before = ::umask(0);
  auto guard = FileGuard::acquire(path_);
  ::umask(before);
  ASSERT_TRUE(guard);
  auto connection = openWithLog(&*guard);

  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(FileGuardTest, CreatesNothingUnlessAsked) {
  const auto guard = FileGuard::acquire(path_, FileGuard::Missing::kFail);

  EXPECT_EQ(guard.error().code, ErrorCode::kIo);
  EXPECT_EQ(guard.error().systemCode, ENOENT);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(FileGuardTest, RefusesWhatIsNotARegularFileAndDoesNotHangOnAFifo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(FileGuard::acquire(path_).error().message, "open " + path_ + ": not a regular file");

  EXPECT_EQ(FileGuard::acquire(directory_.path()).error().code, ErrorCode::kIo);
}

TEST_F(FileGuardTest, LocksAWalFileBeforeAnyConnectionIsOpen) {
  openWithLog(nullptr);

  auto guard = FileGuard::acquire(path_).value();

  EXPECT_EQ(tryExclusive(path_), EAGAIN);
}

TEST_F(FileGuardTest, LeavesAFileAloneThatIsNotInWalModeYet) {
  auto guard = FileGuard::acquire(path_).value();
  EXPECT_EQ(tryExclusive(path_), 0);

  auto connection = Connection::open(path_).value();

  // Needs the file exclusively, twice.
  EXPECT_TRUE(connection->exec("CREATE TABLE t (a); DROP TABLE t"));
}

// A crash in the middle of the switch leaves a hot journal beside a header that says WAL already.
TEST_F(FileGuardTest, LetsSqliteRollBackWhatACrashLeft) {
  openWithLog(nullptr);
  const std::string committed = directory_.read("a.db");
  {
    auto connection = Connection::open(path_).value();
    ASSERT_TRUE(
        connection->exec("PRAGMA journal_mode=DELETE; PRAGMA cache_size=1;"
                         "BEGIN; INSERT INTO t VALUES (zeroblob(500000))"));
    directory_.write("copy.db-journal", directory_.read("a.db-journal"));
  }
  // The journal belongs to a file of the old size, and to no process.
  std::filesystem::rename(directory_.path("copy.db-journal"), path_ + "-journal");
  directory_.write("a.db", committed + std::string(8192, 'x'));

  auto guard = FileGuard::acquire(path_).value();
  auto connection = Connection::open(path_);

  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE(configureDatabase(**connection, &guard));
  EXPECT_EQ((*connection)->queryInteger("SELECT count(*) FROM t").value(), 1);
  EXPECT_EQ(tryExclusive(path_), EAGAIN);
}

// As SQLite takes it while it removes the log.
UniqueFd holdExclusively(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000002;
  lock.l_len = 510;
  EXPECT_EQ(::fcntl(fd.get(), F_OFD_SETLK, &lock), 0);
  return fd;
}

TEST_F(FileGuardTest, IsBusyWhileSomebodyHoldsTheFileExclusively) {
  openWithLog(nullptr);
  const UniqueFd owner = holdExclusively(path_);

  const auto guard = FileGuard::acquire(path_, FileGuard::Missing::kFail, milliseconds(3));

  EXPECT_EQ(guard.error().code, ErrorCode::kBusy);
  EXPECT_EQ(guard.error().path, path_);
}

TEST_F(FileGuardTest, IsTakenAsSoonAsTheFileIsFree) {
  openWithLog(nullptr);
  UniqueFd owner = holdExclusively(path_);
  Thread closer("closer", [&] { owner.reset(); });

  EXPECT_TRUE(FileGuard::acquire(path_));
}

}  // namespace
}  // namespace fsdb
