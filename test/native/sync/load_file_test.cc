#include "sync/load_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include "support/fake_clock.h"

namespace fsdb {
namespace {

// A long time before the fake clock's now, so that stats are to be trusted.
constexpr int64_t kOldNs = 1'000'000'001;
constexpr int64_t kNowNs = 1'767'225'600'000'000'000;

class LoadFileTest : public testing::Test {
 protected:
  LoadFileTest() {
    SourceConfig config;
    config.type = "t";
    config.directory = "/x";
    source_.emplace(Source::create(config, {}).value());
  }
  static FileContent contentOf(const std::string& bytes, int64_t mtimeNs = kOldNs) {
    FileContent content;
    content.bytes = bytes;
    content.stat = {static_cast<int64_t>(bytes.size()), mtimeNs, mtimeNs, 5};
    content.hash = hashContent(bytes);
    content.takenNs = kNowNs;
    return content;
  }
  static FileToRead known(const std::string& content, FileState state = FileState::kOk) {
    FileToRead file;
    file.path = "x.json";
    file.stored = std::make_unique<StoredFile>();
    file.stored->path = "x.json";
    file.stored->id = "x";
    file.stored->hash = hashContent(content);
    file.stored->state = state;
    return file;
  }
  static FileToRead unknown() {
    FileToRead file;
    file.path = "x.json";
    return file;
  }
  std::optional<FileChange> change(FileToRead file, Result<FileContent> content) {
    return changeOf(*source_, std::move(file), std::move(content), clock_);
  }

  FakeClock clock_;
  std::optional<Source> source_;
};

TEST_F(LoadFileTest, ANewFileIsParsedAndNamed) {
  const auto put = change(unknown(), contentOf(R"({ "name": "Ada" })"));

  ASSERT_TRUE(put);
  EXPECT_EQ(put->kind, FileChange::Kind::kPut);
  EXPECT_EQ(put->json, R"({"name":"Ada"})");
  EXPECT_EQ(put->names.id, "x");
  EXPECT_EQ(put->names.name, "Ada");
  EXPECT_EQ(put->stat.size, 17);
}

TEST_F(LoadFileTest, TheSameContentIsNotParsedAgainUnlessAskedFor) {
  EXPECT_EQ(change(known("{}"), contentOf("{}"))->kind, FileChange::Kind::kTouch);
  FileToRead asked = known("{}");
  asked.parse = true;
  EXPECT_EQ(change(std::move(asked), contentOf("{}"))->kind, FileChange::Kind::kPut);
}

TEST_F(LoadFileTest, TheSameContentAfterAnErrorIsParsedAgain) {
  EXPECT_EQ(change(known("{}", FileState::kError), contentOf("{}"))->kind, FileChange::Kind::kPut);
  EXPECT_EQ(change(known("{}", FileState::kDuplicate), contentOf("{}"))->kind,
            FileChange::Kind::kPut);
}

TEST_F(LoadFileTest, AStatTakenTooSoonAfterTheChangeIsNotTrusted) {
  EXPECT_EQ(change(unknown(), contentOf("{}", kNowNs - 1'000'001))->stat.size, kUntrusted);
  EXPECT_EQ(change(unknown(), contentOf("{}", kNowNs - 50'000'001))->stat.size, 2);
}

TEST_F(LoadFileTest, AFileThatHasGoneIsRemovedIfItWasKnown) {
  for (const int code : {ENOENT, ENOTDIR, ELOOP}) {
    const auto gone = systemError("open", "x.json", code);
    EXPECT_FALSE(change(unknown(), gone));
    EXPECT_EQ(change(known("{}"), gone)->kind, FileChange::Kind::kRemove);
  }
}

TEST_F(LoadFileTest, BadContentFailsUntilItsNextChange) {
  const auto failed = change(known("{}"), contentOf("{\n \"a\" 1}"));

  EXPECT_EQ(failed->kind, FileChange::Kind::kFail);
  EXPECT_EQ(failed->error->error.code, ErrorCode::kParse);
  EXPECT_EQ(failed->error->error.line, 2);
  EXPECT_EQ(failed->error->error.path, "x.json");
  EXPECT_EQ(failed->error->attempts, 1);
  EXPECT_FALSE(failed->error->nextRetryAt);
  EXPECT_NE(failed->stat.size, kUntrusted);
}

TEST_F(LoadFileTest, WhatTheSystemReportsIsTriedAgainLaterAndLater) {
  FileToRead file = known("{}", FileState::kError);
  file.stored->failure = Failure{3, "2025-12-31T00:00:00.000Z"};
  const auto failed = change(std::move(file), systemError("open", "x.json", EACCES));

  EXPECT_EQ(failed->error->attempts, 4);
  EXPECT_EQ(failed->error->since, "2025-12-31T00:00:00.000Z");
  EXPECT_GE(failed->error->retryAfter, std::chrono::milliseconds(600));
  EXPECT_LE(failed->error->retryAfter, std::chrono::milliseconds(800));
  EXPECT_TRUE(failed->error->nextRetryAt);
  EXPECT_EQ(failed->stat.size, kUntrusted);
  EXPECT_EQ(failed->hash, hashContent("{}"));
}

}  // namespace
}  // namespace fsdb
