#include "documents/collection_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "documents/search_index.h"
#include "sqlite/transaction.h"

namespace fsdb {
namespace {

using Kind = DocumentWrite::Kind;

using std::chrono::days;
using std::chrono::milliseconds;

const WallTime kStart = std::chrono::sys_days(std::chrono::January / 1 / 2026);
const WallTime kNextDay = kStart + days(1);
const std::string kNow = toIso(kStart);
const std::string kLater = toIso(kNextDay);

class CollectionWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(connection_->exec(std::string(DocumentTable::kSchema) + ChangeFeed::kSchema +
                                  kCollectionSchema + kSearchSchema));
    writer_ = CollectionWriter::create(*connection_).value();
  }

  WriteOutcome write(Kind kind, const std::string& id, const std::string& json,
                     const WriteGuard& guard = {}, WallTime now = kStart) {
    return writer_->write({kind, "note", id, std::nullopt, json, guard}, now).value();
  }

  // What a write was refused with; empty if it went through.
  static std::string refusal(const WriteOutcome& outcome) {
    if (!outcome.refused) return "";
    return std::string(errorCodeName(outcome.refused->error.code)) + " " +
           outcome.refused->error.message;
  }

  std::vector<std::string> changes() {
    auto statement = connection_
                         ->prepare(
                             "SELECT op || ' ' || id || ' ' || version || ' ' || origin "
                             "FROM changes ORDER BY seq")
                         .value();
    std::vector<std::string> all;
    while (statement.step().value()) all.emplace_back(statement.text(0));
    return all;
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<CollectionWriter> writer_;
};

TEST_F(CollectionWriterTest, InsertsADocumentAsVersionOneAndTellsTheFeed) {
  const auto outcome = write(Kind::kInsert, "a", R"({"name":"A","n":1.0})");

  ASSERT_TRUE(outcome.stored);
  EXPECT_EQ(outcome.stored->name, "A");
  EXPECT_EQ(outcome.stored->document, R"({"name":"A","n":1.0})");
  EXPECT_EQ(outcome.stored->version, 1);
  EXPECT_EQ(outcome.stored->filePath, std::nullopt);
  EXPECT_EQ(outcome.stored->createdAt, kNow);
  EXPECT_EQ(changes(), std::vector<std::string>{"insert a 1 app"});
}

TEST_F(CollectionWriterTest, AnInsertRefusesAnIdThatIsTakenAndShowsWhoHasIt) {
  write(Kind::kInsert, "a", "1");

  const auto outcome = write(Kind::kInsert, "a", "2");

  EXPECT_EQ(refusal(outcome), "FSDB_CONFLICT insert note \"a\": the id is taken");
  EXPECT_EQ(outcome.refused->current->document, "1");
  EXPECT_EQ(changes().size(), 1U);
}

TEST_F(CollectionWriterTest, APutInsertsThenReplaces) {
  write(Kind::kPut, "a", R"({"x":1})");

  const auto outcome = write(Kind::kPut, "a", R"({"y":2})", {}, kNextDay);

  EXPECT_EQ(outcome.stored->document, R"({"y":2})");
  EXPECT_EQ(outcome.stored->version, 2);
  EXPECT_EQ(outcome.stored->createdAt, kNow);
  EXPECT_EQ(outcome.stored->updatedAt, kLater);
  EXPECT_EQ(changes(), (std::vector<std::string>{"insert a 1 app", "update a 2 app"}));
}

TEST_F(CollectionWriterTest, APutOfWhatIsThereChangesNothing) {
  write(Kind::kPut, "a", R"({"x":1})");

  const auto outcome = write(Kind::kPut, "a", R"({"x":1})", {}, kNextDay);

  EXPECT_EQ(outcome.stored->version, 1);
  EXPECT_EQ(outcome.stored->updatedAt, kNow);
  EXPECT_EQ(changes().size(), 1U);
}

TEST_F(CollectionWriterTest, APatchMergesIntoWhatIsThere) {
  write(Kind::kPut, "a", R"({"x":1.0,"y":{"z":[1]},"q":3})");

  const auto outcome = write(Kind::kPatch, "a", R"({"y":{"w":2},"q":null})");

  EXPECT_EQ(outcome.stored->document, R"({"x":1.0,"y":{"z":[1],"w":2}})");
  EXPECT_EQ(outcome.stored->version, 2);
}

TEST_F(CollectionWriterTest, APatchAndADeletionOfNothingDoNothing) {
  EXPECT_FALSE(write(Kind::kPatch, "a", "{}").stored);
  EXPECT_FALSE(write(Kind::kDelete, "a", "").stored);
  EXPECT_TRUE(changes().empty());
}

TEST_F(CollectionWriterTest, ADeletionRemovesTheRowAndTellsItsLastVersion) {
  write(Kind::kPut, "a", "1");
  write(Kind::kPut, "a", "2");

  const auto outcome = write(Kind::kDelete, "a", "");

  EXPECT_EQ(outcome.stored->document, "2");
  EXPECT_EQ(changes().back(), "delete a 2 app");
  EXPECT_EQ(connection_->queryInteger("SELECT count(*) FROM documents").value(), 0);
}

TEST_F(CollectionWriterTest, AGuardOnTheVersionLetsOnlyThatVersionPass) {
  write(Kind::kPut, "a", "1");

  const auto stale = write(Kind::kPut, "a", "2", {.ifVersion = 7});
  const auto fresh = write(Kind::kPut, "a", "3", {.ifVersion = 1});
  const auto deletion = write(Kind::kDelete, "a", "", {.ifVersion = 1});

  EXPECT_EQ(refusal(stale), "FSDB_CONFLICT put note \"a\": it has version 1, not 7");
  EXPECT_EQ(stale.refused->current->version, 1);
  EXPECT_EQ(fresh.stored->version, 2);
  EXPECT_EQ(refusal(deletion), "FSDB_CONFLICT delete note \"a\": it has version 2, not 1");
}

TEST_F(CollectionWriterTest, VersionZeroMeansThatThereIsNone) {
  const auto gone = write(Kind::kPatch, "a", "{}", {.ifVersion = 3});
  const auto first = write(Kind::kPut, "a", "1", {.ifVersion = 0});
  const auto second = write(Kind::kPut, "a", "2", {.ifVersion = 0});

  EXPECT_EQ(refusal(gone), "FSDB_CONFLICT patch note \"a\": there is no such document");
  EXPECT_FALSE(gone.refused->current);
  EXPECT_TRUE(first.stored);
  EXPECT_EQ(refusal(second), "FSDB_CONFLICT put note \"a\": it has version 1, not 0");
}

TEST_F(CollectionWriterTest, AGuardOnATimeLetsOnlyWhatIsNewerPass) {
  const WriteGuard guard{.onlyIfNewer = "at"};
  write(Kind::kPut, "a", R"({"at":"2026-02-02"})", guard);

  const auto older = write(Kind::kPut, "a", R"({"at":"2026-02-01"})", guard);
  const auto equal = write(Kind::kPut, "a", R"({"at":"2026-02-02","x":1})", guard);
  const auto none = write(Kind::kPut, "a", "{}", guard);
  const auto number = write(Kind::kPut, "a", R"({"at":9e99})", guard);
  const auto newer = write(Kind::kPatch, "a", R"({"at":"2026-02-03"})", guard);

  EXPECT_EQ(refusal(older), "FSDB_CONFLICT put note \"a\": what stands at at is not newer");
  for (const auto* refused : {&equal, &none, &number}) EXPECT_TRUE(refused->refused);
  EXPECT_EQ(newer.stored->version, 2);
}

TEST_F(CollectionWriterTest, NumbersAreNewerByTheirValue) {
  const WriteGuard guard{.onlyIfNewer = "n"};
  write(Kind::kPut, "a", R"({"n":9})", guard);

  EXPECT_TRUE(write(Kind::kPut, "a", R"({"n":8.5})", guard).refused);
  EXPECT_TRUE(write(Kind::kPut, "a", R"({"n":10})", guard).stored);
}

TEST_F(CollectionWriterTest, SaysWhatIsWrongWithThePathOfAGuard) {
  write(Kind::kPut, "a", "{}");

  EXPECT_TRUE(refusal(write(Kind::kPut, "a", "{}", {.onlyIfNewer = "a..b"}))
                  .starts_with("FSDB_PARSE put note \"a\": onlyIfNewer: "));
}

TEST_F(CollectionWriterTest, TheNameFollowsTheDocumentUnlessItWasGiven) {
  const auto name = [](const WriteOutcome& outcome) { return outcome.stored->name; };
  EXPECT_EQ(name(write(Kind::kPut, "a", R"({"title":"T"})")), "T");
  EXPECT_EQ(name(write(Kind::kPatch, "a", R"({"name":"N"})")), "N");
  EXPECT_EQ(name(write(Kind::kPatch, "a", R"({"name":null,"title":""})")), "a");

  writer_->write({Kind::kInsert, "note", "b", "Given", R"({"name":"N"})"}, kStart).value();
  EXPECT_EQ(name(write(Kind::kPatch, "b", R"({"x":1})")), "Given");
  EXPECT_EQ(name(write(Kind::kPatch, "b", R"({"name":"M"})")), "M");
}

TEST_F(CollectionWriterTest, ANewNameIsAChange) {
  write(Kind::kPut, "a", "{}");

  const auto outcome = writer_->write({Kind::kPut, "note", "a", "New", "{}"}, kNextDay).value();

  EXPECT_EQ(outcome.stored->name, "New");
  EXPECT_EQ(outcome.stored->version, 2);
}

TEST_F(CollectionWriterTest, RefusesWhatIsNestedTooDeeplyOrTooLong) {
  const std::string deep = std::string(1001, '[') + std::string(1001, ']');
  const std::string atLimit = std::string(1000, '[') + std::string(1000, ']');
  const std::string around = std::string(998, '[') + std::string(998, ']');

  EXPECT_TRUE(refusal(write(Kind::kPut, "a", deep)).starts_with("FSDB_LIMIT"));
  EXPECT_TRUE(write(Kind::kPut, "a", atLimit).stored);
  EXPECT_TRUE(refusal(write(Kind::kPut, "b", '"' + std::string(kMaxDocumentBytes, 'x') + '"'))
                  .starts_with("FSDB_LIMIT"));
  EXPECT_TRUE(write(Kind::kPut, "c", R"({"x":{"y":0}})").stored);
  EXPECT_TRUE(write(Kind::kPatch, "c", R"({"x":{"y":)" + around + "}}").stored);
}

TEST_F(CollectionWriterTest, LeavesADocumentThatBelongsToAFileAlone) {
  auto table = DocumentTable::create(*connection_).value();
  ASSERT_TRUE(table.insert({"note", "a", "A", "1", "a.json", kNow}, kNow).value());

  for (const Kind kind : {Kind::kPut, Kind::kPatch, Kind::kDelete}) {
    EXPECT_TRUE(refusal(write(kind, "a", "2")).starts_with("FSDB_CONFLICT"));
  }
  EXPECT_EQ(connection_->queryInteger("SELECT document FROM documents").value(), 1);
}

TEST_F(CollectionWriterTest, TextIsOnlyText) {
  const std::string hostile = "x'); DROP TABLE documents; --\"";
  const auto outcome = write(Kind::kInsert, hostile, R"({"name":"'; DELETE FROM documents; --"})");

  EXPECT_EQ(outcome.stored->id, hostile);
  EXPECT_EQ(outcome.stored->name, "'; DELETE FROM documents; --");
  EXPECT_EQ(connection_->queryInteger("SELECT count(*) FROM documents").value(), 1);
}

}  // namespace
}  // namespace fsdb
