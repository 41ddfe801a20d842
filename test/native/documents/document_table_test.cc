#include "documents/document_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "documents/search_index.h"
#include "sqlite/transaction.h"

namespace fsdb {
namespace {

constexpr std::string_view kNow = "2026-01-01T00:00:00.000Z";
constexpr std::string_view kLater = "2026-01-02T00:00:00.000Z";

class DocumentTableTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(":memory:").value();
    ASSERT_TRUE(connection_->exec(DocumentTable::kSchema));
    table_ = std::make_unique<DocumentTable>(DocumentTable::create(*connection_).value());
  }

  static DocumentFields persona(std::string_view id, std::string_view document = R"({"age":1})") {
    return {"persona", id, "Ada", document, "ada.json", "2025-12-31T00:00:00.000Z"};
  }

  // The first row of `sql`, its columns joined by '|', NULL as "null".
  std::string row(const std::string& sql) {
    auto statement = connection_->prepare(sql).value();
    if (!statement.step().value()) return "none";
    std::string joined;
    for (int i = 0; i < statement.columnCount(); i++) {
      if (i > 0) joined += '|';
      joined += statement.isNull(i) ? "null" : std::string(statement.text(i));
    }
    return joined;
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<DocumentTable> table_;
};

TEST_F(DocumentTableTest, InsertsADocumentWithVersionOne) {
  EXPECT_TRUE(table_->insert(persona("ada"), kNow).value());

  EXPECT_EQ(row("SELECT seq, type, id, name, document, version, file_path, file_modified, "
                "created_at, updated_at FROM documents"),
            R"(1|persona|ada|Ada|{"age":1}|1|ada.json|2025-12-31T00:00:00.000Z|)" +
                std::string(kNow) + "|" + std::string(kNow));
}

TEST_F(DocumentTableTest, InsertsManyDocumentsAsItInsertsOne) {
  const std::vector<DocumentFields> both{persona("ada"), {"persona", "bo", "Bo", "{}", "", ""}};
  EXPECT_TRUE(table_->insertAll(both, kNow).value());
  EXPECT_TRUE(table_->insertAll({}, kNow).value());

  const std::string columns =
      "SELECT seq, type, id, name, document, version, file_path, file_modified, created_at, "
      "updated_at FROM documents WHERE id = ";
  const std::string now = std::string(kNow) + "|" + std::string(kNow);
  EXPECT_EQ(row(columns + "'ada'"),
            R"(1|persona|ada|Ada|{"age":1}|1|ada.json|2025-12-31T00:00:00.000Z|)" + now);
  EXPECT_EQ(row(columns + "'bo'"), "2|persona|bo|Bo|{}|1|null|null|" + now);
}

TEST_F(DocumentTableTest, InsertsNoneOfManyIfAnIdIsTaken) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  const std::vector<DocumentFields> taken{persona("bo"), persona("ada")};
  const std::vector<DocumentFields> twice{persona("bo"), persona("bo")};
  EXPECT_FALSE(table_->insertAll(taken, kLater).value());
  EXPECT_FALSE(table_->insertAll(twice, kLater).value());

  EXPECT_EQ(row("SELECT group_concat(id) FROM documents"), "ada");
}

TEST_F(DocumentTableTest, StoresADocumentOfTheApplicationWithoutAFile) {
  EXPECT_TRUE(table_->insert({"note", "n", "N", "{}", "", ""}, kNow).value());

  EXPECT_EQ(row("SELECT file_path, file_modified FROM documents"), "null|null");
  EXPECT_EQ(table_->find("note", "n").value()->filePath, "");
}

TEST_F(DocumentTableTest, RefusesAnIdThatIsTakenAndChangesNothing) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  EXPECT_FALSE(table_->insert(persona("ada", R"({"age":2})"), kLater).value());

  EXPECT_EQ(row("SELECT document, updated_at FROM documents"), R"({"age":1}|)" + std::string(kNow));
  EXPECT_TRUE(table_->insert({"prompt", "ada", "Ada", "{}", "", ""}, kNow).value());
}

TEST_F(DocumentTableTest, FindsWhoHoldsAnId) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  const auto owner = table_->find("persona", "ada").value();

  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->filePath, "ada.json");
  EXPECT_EQ(owner->fileModified, "2025-12-31T00:00:00.000Z");
  EXPECT_EQ(owner->version, 1);
  EXPECT_FALSE(table_->find("persona", "bob").value());
  EXPECT_FALSE(table_->find("prompt", "ada").value());
}

TEST_F(DocumentTableTest, AChangedDocumentCountsItsVersionUpAndKeepsWhenItWasCreated) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  const auto version = table_->update(persona("ada", R"({"age":2})"), kLater).value();

  EXPECT_EQ(version, 2);
  EXPECT_EQ(row("SELECT seq, document, version, created_at, updated_at FROM documents"),
            R"(1|{"age":2}|2|)" + std::string(kNow) + "|" + std::string(kLater));
}

TEST_F(DocumentTableTest, AChangedNameAloneIsAChange) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  DocumentFields renamed = persona("ada");
  renamed.name = "Ada Lovelace";

  EXPECT_EQ(table_->update(renamed, kLater).value(), 2);
}

TEST_F(DocumentTableTest, AnEqualDocumentKeepsVersionAndTimeButLearnsItsFile) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  DocumentFields moved = persona("ada");
  moved.filePath = "moved.json";
  moved.fileModified = kLater;

  EXPECT_EQ(table_->update(moved, kLater).value(), std::nullopt);

  EXPECT_EQ(row("SELECT version, updated_at, file_path, file_modified FROM documents"),
            "1|" + std::string(kNow) + "|moved.json|" + std::string(kLater));
}

TEST_F(DocumentTableTest, UpdatingWhatIsNotThereDoesNothing) {
  EXPECT_EQ(table_->update(persona("ada"), kNow).value(), std::nullopt);

  EXPECT_EQ(row("SELECT count(*) FROM documents"), "0");
}

TEST_F(DocumentTableTest, ARenamedDocumentKeepsItsSeqVersionAndWhenItWasCreated) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  DocumentFields renamed = persona("lovelace");
  renamed.filePath = "lovelace.json";

  EXPECT_EQ(table_->rename("ada", renamed, kLater).value(), 1);

  EXPECT_EQ(row("SELECT seq, id, version, file_path, created_at, updated_at FROM documents"),
            "1|lovelace|1|lovelace.json|" + std::string(kNow) + "|" + std::string(kNow));
}

TEST_F(DocumentTableTest, ARenameThatChangesTheContentCountsTheVersionUp) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  EXPECT_EQ(table_->rename("ada", persona("lovelace", "{}"), kLater).value(), 2);

  EXPECT_EQ(row("SELECT document, updated_at FROM documents"), "{}|" + std::string(kLater));
}

TEST_F(DocumentTableTest, ARenameOntoATakenIdDoesNothing) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  ASSERT_TRUE(table_->insert(persona("bob", "{}"), kNow).value());

  EXPECT_EQ(table_->rename("ada", persona("bob"), kLater).value(), std::nullopt);
  EXPECT_EQ(table_->rename("nobody", persona("carl"), kLater).value(), std::nullopt);

  EXPECT_EQ(row("SELECT group_concat(id || document, ' ' ORDER BY seq) FROM documents"),
            R"(ada{"age":1} bob{})");
}

TEST_F(DocumentTableTest, RemovesARowOnlyForTheFileThatOwnsIt) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  ASSERT_TRUE(table_->insert({"note", "n", "N", "{}", "", ""}, kNow).value());

  EXPECT_EQ(table_->remove("persona", "ada", "other.json").value(), std::nullopt);
  EXPECT_EQ(table_->remove("note", "n", "n.json").value(), std::nullopt);
  EXPECT_EQ(table_->remove("persona", "ada", "ada.json").value(), 1);
  EXPECT_EQ(table_->remove("persona", "ada", "ada.json").value(), std::nullopt);

  EXPECT_EQ(row("SELECT count(*), id FROM documents"), "1|n");
}

TEST_F(DocumentTableTest, ASeqIsNeverUsedTwice) {
  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());
  ASSERT_TRUE(table_->remove("persona", "ada", "ada.json").value());

  ASSERT_TRUE(table_->insert(persona("ada"), kNow).value());

  EXPECT_EQ(row("SELECT seq FROM documents"), "2");
}

TEST_F(DocumentTableTest, TextIsStoredAsItIsWhateverItContains) {
  const std::string hostile = "a'); DROP TABLE documents; --\"\n";
  const DocumentFields fields{hostile, hostile, hostile, "{}", hostile, ""};

  ASSERT_TRUE(table_->insert(fields, kNow).value());
  EXPECT_EQ(table_->find(hostile, hostile).value()->filePath, hostile);
  EXPECT_EQ(table_->remove(hostile, hostile, hostile).value(), 1);
}

TEST_F(DocumentTableTest, FailsWhereThereIsNoTable) {
  auto empty = Connection::open(":memory:").value();

  const auto table = DocumentTable::create(*empty);

  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().message, "no such table: documents");
}

}  // namespace
}  // namespace fsdb
