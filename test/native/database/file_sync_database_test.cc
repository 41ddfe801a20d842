#include "database/file_sync_database.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "support/temp_directory.h"

namespace fsdb {
namespace {

template <typename T>
T waitFor(std::future<Result<T>> future) {
  auto result = future.get();
  EXPECT_TRUE(result.ok()) << (result ? "" : result.error().message);
  return std::move(result).value();
}

class FileSyncDatabaseTest : public testing::Test {
 protected:
  SyncConfig config() const {
    SyncConfig config;
    SourceConfig personas;
    personas.type = "persona";
    personas.directory = folder_.path("personas");
    config.sources.push_back(personas);
    config.debounce = std::chrono::milliseconds(0);
    return config;
  }

  std::unique_ptr<FileSyncDatabase> open() {
    SyncListener listener;
    listener.onSync = [](const SharedReport&) {};
    listener.onFileError = [](const FileError&) {};
    listener.onState = [](SyncState) {};
    listener.onWarning = [](const Error&) {};
    auto database = FileSyncDatabase::open(folder_.path("db.sqlite"), {}, config(), listener);
    EXPECT_TRUE(database.ok()) << (database ? "" : database.error().message);
    return std::move(database).value();
  }

  static SharedReport ready(FileSyncDatabase& database) {
    std::promise<Result<SharedReport>> promise;
    database.ready([&](Result<SharedReport> result) { promise.set_value(std::move(result)); });
    return waitFor(promise.get_future());
  }

  TempDirectory folder_;
};

TEST_F(FileSyncDatabaseTest, AFolderBecomesRows) {
  folder_.write("personas/ada.json", R"({ "name": "Ada", "age": 36 })");
  folder_.write("personas/bot.prompty", "---\nname: Bot\n---\nsystem:\nHello\n");
  auto database = open();

  const auto report = ready(*database);

  EXPECT_EQ(report->added.size(), 2u);
  auto ada = database->documents().get("persona", "ada");
  ASSERT_TRUE(ada.ok() && *ada);
  EXPECT_EQ((*ada)->document, R"({"name":"Ada","age":36})");
  EXPECT_EQ((*ada)->name, "Ada");
  database->close();
  database->release();
}

}  // namespace
}  // namespace fsdb
