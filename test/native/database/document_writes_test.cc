#include "database/document_writes.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "database/file_sync_database.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

using Kind = DocumentWrite::Kind;

class DocumentWritesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.path("p"));
    SyncConfig config;
    SourceConfig& source = config.sources.emplace_back();
    source.type = "p";
    source.directory = folder_.path("p");
    config.debounce = std::chrono::milliseconds(0);
    SyncListener listener{[](const SharedReport&) {}, [](const FileError&) {}, [](SyncState) {},
                          [](const Error&) {}};
    database_ = FileSyncDatabase::open(folder_.path("db.sqlite"), {}, config, listener).value();
    core_ = Core::acquire(folder_.path("db.sqlite"), false, false).value();
    std::promise<void> ready;
    database_->ready([&](const Result<SharedReport>&) { ready.set_value(); });
    ready.get_future().wait();
  }

  void TearDown() override { end(); }

  void end() {
    core_.reset();
    if (!database_) return;
    database_->close();
    database_->release();
    database_.reset();
  }

  std::future<Result<WriteOutcome>> write(Kind kind, const std::string& type, const std::string& id,
                                          const std::string& json, const WriteGuard& guard = {}) {
    auto promise = std::make_shared<std::promise<Result<WriteOutcome>>>();
    core_->writeDocument(
        {kind, type, id, std::nullopt, json, guard}, {},
        [promise](Result<WriteOutcome> outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }

  TempDirectory folder_;
  std::unique_ptr<FileSyncDatabase> database_;
  std::shared_ptr<Core> core_;
};

TEST_F(DocumentWritesTest, OfManyWhoCountTogetherNoneIsLost) {
  for (const std::string type : {"p", "row"}) {
    ASSERT_TRUE(write(Kind::kPut, type, "n", R"({"n":0})").get().ok());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&, i] {
        for (int done = 0; done < 5;) {
          const auto version = static_cast<int64_t>(1 + i + done * 4);
          const auto outcome =
              write(Kind::kPatch, type, "n", R"({"n":)" + std::to_string(version) + "}",
                    {.ifVersion = version})
                  .get();
          ASSERT_TRUE(outcome.ok()) << outcome.error().message;
          if (!outcome->refused) done++;
        }
      });
    }
    for (auto& thread : threads) thread.join();

    const auto stored = write(Kind::kPatch, type, "n", "{}").get();
    EXPECT_EQ(stored->stored->version, 21) << type;
    EXPECT_EQ(stored->stored->document, R"({"n":20})") << type;
  }
}

TEST_F(DocumentWritesTest, AnswersEveryWriteWhenItEnds) {
  std::vector<std::future<Result<WriteOutcome>>> answers;
  for (int i = 0; i < 100; i++) {
    answers.push_back(write(Kind::kPut, i % 2 == 0 ? "p" : "row", std::to_string(i), "{}"));
  }

  end();

  int rows = 0;
  for (size_t i = 0; i < answers.size(); i++) {
    const auto answer = answers[i].get();
    if (i % 2 == 0) {
      EXPECT_TRUE(answer.ok() || answer.error().code == ErrorCode::kClosed);
    } else {
      rows += answer.ok() ? 1 : 0;
    }
  }
  EXPECT_EQ(rows, 50);
}

TEST_F(DocumentWritesTest, AWriteAfterAFailureGoesThrough) {
  const auto bad = write(Kind::kPut, "p", "../outside", "{}").get();
  const auto good = write(Kind::kPut, "p", "inside", R"({"n":1})").get();

  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ErrorCode::kParse);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->stored->filePath, "inside.json");
}

TEST_F(DocumentWritesTest, DeletesARowFromBeforeItsTypeHadAFolder) {
  auto connection = Connection::open(folder_.path("db.sqlite")).value();
  ASSERT_TRUE(connection->exec(
      "INSERT INTO documents (type, id, name, version, created_at, updated_at, document) "
      "VALUES ('p', 'old', 'old', 3, '', '', '{}')"));
  connection.reset();

  const auto deleted = write(Kind::kDelete, "p", "old", "").get();

  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->stored->version, 3);
  EXPECT_FALSE(write(Kind::kDelete, "p", "old", "").get()->stored);
}

TEST_F(DocumentWritesTest, FillsFullTextWhileOthersWrite) {
  for (int i = 0; i < 300; i++) {
    (void)write(Kind::kPut, "note", std::to_string(i), R"({"text":"word"})").get();
  }
  DocumentOptions options;
  options.collections["note"].search.emplace();
  auto other = DocumentDatabase::open(folder_.path("db.sqlite"), options).value();
  std::vector<std::future<Result<WriteOutcome>>> answers;
  for (int i = 200; i < 400; i++) {
    answers.push_back(write(Kind::kPut, "note", std::to_string(i), R"({"text":"other"})"));
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
  while (!other->documents().searchProgress().value().front().ready) std::this_thread::yield();

  EXPECT_EQ(other->documents().search("word", "note", 1000)->size(), 200U);
  EXPECT_EQ(other->documents().search("other", "note", 1000)->size(), 200U);
  other->close();
  other->release();
}

TEST_F(DocumentWritesTest, EndsInTheMiddleOfFilling) {
  auto connection = Connection::open(folder_.path("db.sqlite")).value();
  ASSERT_TRUE(connection->exec(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
      "INSERT INTO documents (type, id, name, version, created_at, updated_at, document) "
      "SELECT 'note', i, 'name', 1, '', '', '{\"text\":\"word\"}' FROM n"));
  connection.reset();
  DocumentOptions options;
  options.collections["note"].search.emplace();
  auto other = DocumentDatabase::open(folder_.path("db.sqlite"), options).value();
  other->close();
  other->release();

  end();

  other = DocumentDatabase::open(folder_.path("db.sqlite"), options).value();
  while (!other->documents().searchProgress().value().front().ready) std::this_thread::yield();
  EXPECT_EQ(other->documents().search("word", "note", 10'000)->size(), 5000U);
  other->close();
  other->release();
}

}  // namespace
}  // namespace fsdb
