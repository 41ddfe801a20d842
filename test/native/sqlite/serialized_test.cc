#include "sqlite/serialized.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

int64_t count(Connection& connection) {
  return connection.queryInteger("SELECT count(*) FROM t").value();
}

TEST(SerializedTest, OpensAsTheSameDatabase) {
  auto original = Connection::open(":memory:").value();
  ASSERT_TRUE(original->exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)"));
  auto bytes = serialize(*original, "main");
  ASSERT_TRUE(bytes);

  auto copy = openSerialized(copySerialized(bytes->bytes()).value(), {});

  ASSERT_TRUE(copy);
  EXPECT_EQ(count(**copy), 2);
  EXPECT_TRUE((*copy)->exec("INSERT INTO t VALUES (3)"));
  EXPECT_EQ(count(*original), 2);
}

TEST(SerializedTest, OpensADatabaseThatHadALog) {
  const TempDirectory directory;
  auto original = Connection::open(directory.path() + "/a.sqlite").value();
  ASSERT_TRUE(original->exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)"));
  auto bytes = serialize(*original, "main");
  ASSERT_TRUE(bytes);

  auto copy = openSerialized(copySerialized(bytes->bytes()).value(), {});

  ASSERT_TRUE(copy);
  EXPECT_EQ(count(**copy), 0);
}

TEST(SerializedTest, IsEmptyForAnEmptyDatabase) {
  auto empty = Connection::open(":memory:").value();
  auto bytes = serialize(*empty, "main");
  ASSERT_TRUE(bytes);

  auto copy = openSerialized(copySerialized(bytes->bytes()).value(), {});

  ASSERT_TRUE(copy);
  EXPECT_TRUE((*copy)->exec("CREATE TABLE t (a)"));
}

TEST(SerializedTest, RefusesWhatIsNoDatabaseAndUnknownNames) {
  const auto opened = openSerialized(copySerialized("no database at all").value(), {});
  auto connection = Connection::open(":memory:").value();
  const auto serialized = serialize(*connection, "none");

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  ASSERT_FALSE(serialized);
  EXPECT_EQ(serialized.error().message, "unknown database none");
}

}  // namespace
}  // namespace fsdb
