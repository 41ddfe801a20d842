#include "sync/change_applier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fsdb {
namespace {

using Kind = FileChange::Kind;

class ChangeApplierTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    for (const char* schema : {DocumentTable::kSchema, ChangeFeed::kSchema, FileTable::kSchema}) {
      ASSERT_TRUE(connection_->exec(schema));
    }
    applier_ = ChangeApplier::create(*connection_).value();
    files_ = std::make_unique<FileTable>(FileTable::create(*connection_).value());
  }

  std::unique_ptr<StoredFile> stored(const std::string& path) {
    const auto files = files_->load("t", path).value();
    return files.empty() ? nullptr : std::make_unique<StoredFile>(files.front());
  }
  FileChange change(Kind kind, const std::string& path, int64_t second = 1) {
    FileChange change;
    change.kind = kind;
    change.type = "t";
    change.path = path;
    change.stored = stored(path);
    change.stat = {1, second * 1'000'000'000, second * 1'000'000'000, 1};
    return change;
  }
  FileChange put(const std::string& path, const std::string& id, int64_t second = 1,
                 const std::string& json = "{}") {
    FileChange result = change(Kind::kPut, path, second);
    result.json = json;
    result.hash = hashContent(json);
    result.names = {id, id};
    return result;
  }
  std::vector<FileChange> putsOf(const std::vector<std::string>& ids) {
    std::vector<FileChange> changes;
    for (const auto& id : ids) changes.push_back(put(id + ".json", id));
    return changes;
  }
  template <typename... Changes>
  ApplyOutcome apply(Changes... changes) {
    std::vector<FileChange> all;
    (all.push_back(std::move(changes)), ...);
    return applyAll(std::move(all));
  }
  ApplyOutcome applyAll(std::vector<FileChange> all) {
    ApplyContext context;
    context.now = "2026-01-01T00:00:00.000Z";
    context.leaving = std::exchange(leaving_, {});
    ApplyOutcome outcome;
    EXPECT_TRUE(applier_->apply(all, context, outcome));
    return outcome;
  }
  void leave(const std::string& path) { leaving_.insert(ApplyContext::keyOf("t", path)); }

  // "id=path" of all documents by seq, joined by spaces.
  std::string documents() {
    return joined("SELECT id || '=' || file_path FROM documents ORDER BY seq");
  }
  // "path:state" of all files.
  std::string files() { return joined("SELECT path || ':' || state FROM files ORDER BY path"); }
  std::string feed() { return joined("SELECT op || ':' || id FROM changes ORDER BY seq"); }
  std::string joined(const std::string& sql) {
    auto statement = connection_->prepare(sql).value();
    std::string all;
    while (statement.step().value()) {
      if (!all.empty()) all += ' ';
      all += statement.text(0);
    }
    return all;
  }
  // The last verdict on `path`: "none", "clear" or "wrong".
  static std::string verdictOn(const ApplyOutcome& outcome, const std::string& path) {
    std::string last = "none";
    for (const auto& verdict : outcome.verdicts) {
      if (verdict.path == path) last = verdict.error ? "wrong" : "clear";
    }
    return last;
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<ChangeApplier> applier_;
  std::unique_ptr<FileTable> files_;
  std::unordered_set<std::string> leaving_;
};

TEST_F(ChangeApplierTest, AFileItsDocumentAndTheFeedChangeTogether) {
  apply(put("a.json", "a"));
  apply(put("a.json", "a", 2, R"({"v":1})"));
  apply(change(Kind::kRemove, "a.json"));

  EXPECT_EQ(documents(), "");
  EXPECT_EQ(files(), "");
  EXPECT_EQ(feed(), "insert:a update:a delete:a");
}

// Many new files take another way than few.
TEST_F(ChangeApplierTest, ManyNewFilesAreAddedAsFewAre) {
  std::vector<std::string> ids;
  for (char c = 'a'; c <= 'z'; c++) ids.emplace_back(1, c);
  const ApplyOutcome outcome = applyAll(putsOf(ids));

  EXPECT_EQ(outcome.added.size(), ids.size());
  EXPECT_EQ(outcome.added[1], (DocumentRef{"t", "b", "b.json"}));
  EXPECT_EQ(documents().substr(0, 17), "a=a.json b=b.json");
  EXPECT_EQ(files().substr(0, 19), "a.json:ok b.json:ok");
  EXPECT_EQ(feed().substr(0, 17), "insert:a insert:b");
}

TEST_F(ChangeApplierTest, AmongManyNewFilesThoseThatClaimOneIdAreToldApart) {
  apply(put("other.json", "m", 9));
  std::vector<FileChange> changes = putsOf({"k", "l", "m", "n", "o", "p", "q", "r", "s"});
  changes.push_back(put("later.json", "n", 5));
  const ApplyOutcome outcome = applyAll(std::move(changes));

  EXPECT_EQ(verdictOn(outcome, "m.json"), "wrong");
  EXPECT_EQ(verdictOn(outcome, "n.json"), "wrong");
  EXPECT_EQ(outcome.added.size(), 8U);
  EXPECT_EQ(documents(),
            "m=other.json k=k.json l=l.json n=later.json o=o.json p=p.json q=q.json r=r.json "
            "s=s.json");
}

TEST_F(ChangeApplierTest, TheSameDocumentAgainIsNoChange) {
  apply(put("a.json", "a"));
  const ApplyOutcome outcome = apply(put("a.json", "a", 2));

  EXPECT_FALSE(outcome.changedAnything());
  EXPECT_EQ(feed(), "insert:a");
}

TEST_F(ChangeApplierTest, ARenamedFileKeepsItsRow) {
  apply(put("a.json", "a"), put("z.json", "z"));
  FileChange renamed = put("b.json", "b");
  renamed.renamedFrom = stored("a.json");
  const ApplyOutcome outcome = apply(std::move(renamed));

  EXPECT_EQ(documents(), "b=b.json z=z.json");
  EXPECT_EQ(files(), "b.json:ok z.json:ok");
  ASSERT_EQ(outcome.renamed.size(), 1u);
  EXPECT_EQ(outcome.renamed[0].first, (DocumentRef{"t", "a", "a.json"}));
  EXPECT_EQ(outcome.renamed[0].second, (DocumentRef{"t", "b", "b.json"}));
}

TEST_F(ChangeApplierTest, ARenameToAnIdThatIsTakenIsARemovalAndAClaim) {
  apply(put("a.json", "a", 5), put("b.yaml", "b", 1));
  FileChange renamed = put("b.json", "b", 5);
  renamed.renamedFrom = stored("a.json");
  apply(std::move(renamed));

  EXPECT_EQ(documents(), "b=b.json");
  EXPECT_EQ(files(), "b.json:ok b.yaml:duplicate");
}

TEST_F(ChangeApplierTest, AnIdThatChangesWithTheContentKeepsTheRow) {
  apply(put("a.json", "one"), put("z.json", "z"));
  apply(put("a.json", "two", 2, R"({"id":"two"})"));

  EXPECT_EQ(documents(), "two=a.json z=z.json");
}

TEST_F(ChangeApplierTest, TheEarlierOfTwoClaimantsIsADuplicate) {
  const ApplyOutcome outcome = apply(put("a.json", "a", 5), put("a.yaml", "a", 4));

  EXPECT_EQ(documents(), "a=a.json");
  EXPECT_EQ(files(), "a.json:ok a.yaml:duplicate");
  EXPECT_EQ(verdictOn(outcome, "a.yaml"), "wrong");
}

TEST_F(ChangeApplierTest, TheLaterOfTwoClaimantsTakesOver) {
  apply(put("a.json", "a", 5));
  const ApplyOutcome outcome = apply(put("a.yaml", "a", 6));

  EXPECT_EQ(documents(), "a=a.yaml");
  EXPECT_EQ(files(), "a.json:duplicate a.yaml:ok");
  EXPECT_EQ(verdictOn(outcome, "a.json"), "wrong");
}

TEST_F(ChangeApplierTest, AnIdThatBecomesFreeIsOfferedToThoseWhoLostIt) {
  apply(put("a.json", "a", 5), put("a.md", "a", 3), put("a.yaml", "a", 4));
  const ApplyOutcome outcome = apply(change(Kind::kRemove, "a.json"));

  using Files = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(outcome.lookAgain, (Files{{"t", "a.md"}, {"t", "a.yaml"}}));
}

TEST_F(ChangeApplierTest, AWinnerWhoseTimeGoesBackOffersItsId) {
  apply(put("a.json", "a", 5), put("a.yaml", "a", 4));
  FileChange touched = change(Kind::kTouch, "a.json", 3);
  touched.hash = hashContent("{}");

  EXPECT_EQ(apply(std::move(touched)).lookAgain.size(), 1u);
}

TEST_F(ChangeApplierTest, ATouchedFileThatHasLostItsIdMeanwhileIsLookedAtAgain) {
  apply(put("a.yaml", "a", 4));
  FileChange touched = change(Kind::kTouch, "a.yaml", 5);
  touched.hash = hashContent("{}");
  const ApplyOutcome outcome = apply(put("a.json", "a", 6), std::move(touched));

  EXPECT_EQ(outcome.lookAgain.size(), 1u);
  EXPECT_EQ(files(), "a.json:ok a.yaml:duplicate");
}

TEST_F(ChangeApplierTest, AFileThatLosesItsIdAndWinsItBackHasNoError) {
  apply(put("b.yaml", "b", 4));
  FileChange back = put("b.yaml", "b", 9, R"({"v":2})");
  const ApplyOutcome outcome = apply(put("b.json", "b", 6), std::move(back));

  EXPECT_EQ(documents(), "b=b.yaml");
  EXPECT_EQ(verdictOn(outcome, "b.yaml"), "clear");
  EXPECT_EQ(verdictOn(outcome, "b.json"), "wrong");
}

TEST_F(ChangeApplierTest, TheIdOfAFileThatLeavesIsFreeAtOnceAndTheRowStays) {
  apply(put("a.json", "a", 9), put("z.json", "z"));
  leave("a.json");
  const ApplyOutcome outcome =
      apply(put("a.yaml", "a", 1, R"({"v":1})"), change(Kind::kRemove, "a.json"));

  EXPECT_EQ(documents(), "a=a.yaml z=z.json");
  EXPECT_EQ(files(), "a.yaml:ok z.json:ok");
  EXPECT_EQ(verdictOn(outcome, "a.json"), "clear");
  EXPECT_TRUE(outcome.removed.empty());
}

TEST_F(ChangeApplierTest, AFailureKeepsTheDocument) {
  apply(put("a.json", "a"));
  FileChange failed = change(Kind::kFail, "a.json", 2);
  failed.error.emplace();
  failed.error->type = "t";
  failed.error->filePath = "a.json";
  const ApplyOutcome outcome = apply(std::move(failed));

  EXPECT_FALSE(outcome.changedAnything());
  EXPECT_EQ(documents(), "a=a.json");
  EXPECT_EQ(files(), "a.json:error");
  EXPECT_EQ(verdictOn(apply(put("a.json", "a", 3)), "a.json"), "clear");
}

TEST_F(ChangeApplierTest, TheRowOfATouchedFileHasItsTime) {
  apply(put("a.json", "a", 1));
  FileChange touched = change(Kind::kTouch, "a.json", 2);
  touched.hash = hashContent("{}");
  const ApplyOutcome outcome = apply(std::move(touched));

  EXPECT_FALSE(outcome.changedAnything());
  EXPECT_EQ(joined("SELECT file_modified FROM documents"), "1970-01-01T00:00:02.000Z");
}

TEST_F(ChangeApplierTest, ADocumentOfTheApplicationIsNeverRemovedWithAFile) {
  apply(put("a.json", "a"));
  ASSERT_TRUE(connection_->exec("UPDATE documents SET file_path = NULL"));
  const ApplyOutcome outcome = apply(change(Kind::kRemove, "a.json"));

  EXPECT_TRUE(outcome.removed.empty());
  EXPECT_EQ(joined("SELECT id FROM documents"), "a");
}

}  // namespace
}  // namespace fsdb
