#include "documents/document_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "documents/collection_schema.h"
#include "documents/document_table.h"
#include "documents/query_cases.h"
#include "documents/query_compiler.h"
#include "documents/search_index.h"

namespace fsdb {
namespace {

class DocumentReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        connection_->exec(std::string(DocumentTable::kSchema) + kCollectionSchema + kSearchSchema));
    table_ = std::make_unique<DocumentTable>(DocumentTable::create(*connection_).value());
    reader_ = std::make_unique<DocumentReader>(*connection_);
  }

  void add(const std::string& id, const std::string& document, const std::string& type = "note") {
    ASSERT_TRUE(table_->insert({type, id, "Note " + id, document, "", ""}, "now").value());
  }
  // Fifteen notes n00 to n14 whose `rank` repeats, is null, is missing, or of another type.
  void addRanked() {
    const char* const ranks[] = {"3", "1", "null", "\"b\"", "2.5", "1", "\"a\"", "true"};
    for (int i = 0; i < 15; i++) {
      const std::string id = (i < 10 ? "n0" : "n") + std::to_string(i);
      add(id, i % 5 == 4 ? "{}" : "{\"rank\":" + std::string(ranks[i % 8]) + "}");
    }
  }

  static std::vector<std::string> idsOf(const DocumentPage& page) {
    std::vector<std::string> ids;
    for (const auto& row : page.rows) ids.push_back(row.id);
    return ids;
  }
  // All ids, read in pages of `limit`.
  std::vector<std::string> readPages(Query query, int64_t limit) {
    query.limit = limit;
    std::vector<std::string> ids;
    for (;;) {
      const auto page = reader_->find(query).value();
      EXPECT_LE(page.rows.size(), static_cast<size_t>(limit));
      EXPECT_EQ(page.hasMore, page.next.has_value());
      for (const auto& id : idsOf(page)) ids.push_back(id);
      if (!page.next) return ids;
      query.after = page.next;
    }
  }

  JsonReader json_;
  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
  std::unique_ptr<DocumentTable> table_;
  std::unique_ptr<DocumentReader> reader_;
};

TEST_F(DocumentReaderTest, GetsADocumentWithAllThatIsKnownOfIt) {
  ASSERT_TRUE(
      table_->insert({"persona", "ada", "Ada", R"({"a":1})", "ada.json", "m"}, "t").value());

  const auto document = reader_->get("persona", "ada").value();

  ASSERT_TRUE(document);
  EXPECT_EQ(document->type, "persona");
  EXPECT_EQ(document->id, "ada");
  EXPECT_EQ(document->name, "Ada");
  EXPECT_EQ(document->document, R"({"a":1})");
  EXPECT_EQ(document->version, 1);
  EXPECT_EQ(document->seq, 1);
  EXPECT_EQ(document->filePath, "ada.json");
  EXPECT_EQ(document->fileModified, "m");
  EXPECT_EQ(document->createdAt, "t");
  EXPECT_EQ(document->updatedAt, "t");
}

TEST_F(DocumentReaderTest, FindsNothingWhereThereIsNothing) {
  add("a", "{}");

  EXPECT_FALSE(reader_->get("note", "b").value());
  EXPECT_FALSE(reader_->get("persona", "a").value());
  EXPECT_TRUE(reader_->find({.type = "persona"}).value().rows.empty());
  EXPECT_EQ(reader_->count("persona", std::nullopt).value(), 0);
}

TEST_F(DocumentReaderTest, HoldsNoReadTransactionAfterwards) {
  addRanked();
  ASSERT_TRUE(reader_->get("note", "n00").value());
  ASSERT_TRUE(reader_->find({.limit = 2}));
  ASSERT_TRUE(reader_->find({.page = 1, .pageSize = 2}));
  ASSERT_TRUE(reader_->count("note", std::nullopt));
  ASSERT_TRUE(reader_->counts());

  // An open statement would make this fail with "database table is locked".
  EXPECT_TRUE(connection_->exec("DROP TABLE documents"));
  EXPECT_FALSE(connection_->inTransaction());
}

TEST_F(DocumentReaderTest, CountsDocumentsPerType) {
  add("a", R"({"x":1})");
  add("b", R"({"x":2})");
  add("c", "{}", "persona");

  EXPECT_EQ(reader_->counts().value(),
            (std::map<std::string, int64_t>{{"note", 2}, {"persona", 1}}));
  EXPECT_EQ(reader_->count("note", json_.read(R"({"x": {"gt": 1}})")).value(), 1);
}

TEST_F(DocumentReaderTest, OrdersBySeqUnlessToldOtherwise) {
  add("b", "{}");
  add("a", "{}");

  EXPECT_EQ(idsOf(reader_->find({}).value()), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(idsOf(reader_->find({.orderBy = {"-seq"}}).value()),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(idsOf(reader_->find({.orderBy = {"id"}}).value()),
            (std::vector<std::string>{"a", "b"}));
}

TEST_F(DocumentReaderTest, OrdersMissingBeforeNumbersBeforeText) {
  add("text", R"({"r":"a"})");
  add("ten", R"({"r":10})");
  add("none", "{}");
  add("nine", R"({"r":9.5})");

  EXPECT_EQ(idsOf(reader_->find({.orderBy = {"r"}}).value()),
            (std::vector<std::string>{"none", "nine", "ten", "text"}));
  EXPECT_EQ(idsOf(reader_->find({.orderBy = {"-r"}}).value()),
            (std::vector<std::string>{"text", "ten", "nine", "none"}));
}

TEST_F(DocumentReaderTest, PagesByKeyReturnEveryRowOnceInTheOrderOfTheWhole) {
  addRanked();
  const std::vector<std::vector<std::string>> orders = {
      {},       {"rank"},          {"-rank"},       {"rank", "-name"}, {"-rank", "id"},
      {"type"}, {"-type", "rank"}, {"filePath"},    {"-filePath"},     {"-updatedAt", "-rank"},
      {"-seq"}, {"version", "id"}, {"rank", "type"}};
  for (const auto& orderBy : orders) {
    const Query query{.orderBy = orderBy};
    const auto whole = idsOf(reader_->find(query).value());
    ASSERT_EQ(whole.size(), 15U);
    for (const int64_t limit : {1, 2, 7, 15}) {
      EXPECT_EQ(readPages(query, limit), whole) << testing::PrintToString(orderBy) << " " << limit;
    }
  }
}

TEST_F(DocumentReaderTest, APageByKeyFollowsItsLastRowEvenWhenThatIsGone) {
  addRanked();
  Query query{.orderBy = {"id"}, .limit = 5};
  query.after = reader_->find(query).value().next;
  ASSERT_TRUE(table_->remove("note", "n04", "").value());
  add("n03b", "{}");

  const auto page = reader_->find(query).value();

  EXPECT_EQ(page.rows.front().id, "n05");
}

TEST_F(DocumentReaderTest, AForgedTokenIsBoundLikeAnyValue) {
  addRanked();
  Query query{.orderBy = {"id"}, .limit = 1};
  const auto token = decodePageToken(*reader_->find(query).value().next).value();
  query.after = encodePageToken({token.order, {std::string("' OR 1=1 --"), std::string("x")}});

  EXPECT_EQ(idsOf(reader_->find(query).value()), (std::vector<std::string>{"n00"}));
}

TEST_F(DocumentReaderTest, NumberedPagesComeWithTheTotal) {
  addRanked();
  const auto last = reader_->find({.orderBy = {"-id"}, .page = 3, .pageSize = 7}).value();

  EXPECT_EQ(idsOf(last), (std::vector<std::string>{"n00"}));
  EXPECT_EQ(last.page, 3);
  EXPECT_EQ(last.pageSize, 7);
  EXPECT_EQ(last.total, 15);
  EXPECT_FALSE(last.hasMore);
  EXPECT_FALSE(last.next);

  const auto first = reader_->find({.where = json_.read(R"({"rank": 1})"), .pageSize = 1}).value();
  EXPECT_EQ(first.page, 1);
  EXPECT_EQ(first.total, 3);
  EXPECT_TRUE(first.hasMore);

  const auto beyond = reader_->find({.page = 9}).value();
  EXPECT_TRUE(beyond.rows.empty());
  EXPECT_EQ(beyond.total, 15);
}

TEST_F(DocumentReaderTest, ReadsInsideATransactionOfTheCaller) {
  addRanked();
  ASSERT_TRUE(connection_->exec("BEGIN"));

  EXPECT_EQ(reader_->find({.page = 1}).value().total, 15);

  EXPECT_TRUE(connection_->inTransaction());
}

TEST_F(DocumentReaderTest, HostileTextIsOnlyText) {
  const std::string hostile = "x'; DROP TABLE documents; --";
  add(hostile, "{}", hostile);

  EXPECT_EQ(reader_->get(hostile, hostile).value()->id, hostile);
  EXPECT_EQ(reader_->count(hostile, std::nullopt).value(), 1);
  EXPECT_EQ(reader_->find({.type = hostile, .orderBy = {hostile}}).value().rows.size(), 1U);
}

TEST_F(DocumentReaderTest, AsksMoreKindsOfQuestionsThanItKeepsStatements) {
  add("a", R"({"k7":7})");
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 50; i++) {
      const std::string where = R"({"k)" + std::to_string(i) + R"(": 7})";
      EXPECT_EQ(reader_->count("note", json_.read(where)).value(), i == 7 ? 1 : 0);
    }
  }
}

TEST_F(DocumentReaderTest, AListByNameNeedsNoSorting) {
  const auto compiled = compileQuery({.type = "note", .orderBy = {"-name"}}).value();
  auto plan = connection_->prepare("EXPLAIN QUERY PLAN " + compiled.sql).value();

  ASSERT_TRUE(plan.step().value());
  EXPECT_EQ(plan.text(3), "SEARCH documents USING INDEX documents_type_name (type=?)");
  EXPECT_FALSE(plan.step().value());
}

}  // namespace
}  // namespace fsdb
