#include "sqlite/columnar_batch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

class ColumnarBatchTest : public testing::Test {
 protected:
  ColumnarBatch encode(const std::string& sql, bool safeIntegers = false) {
    auto statement = connection_->prepare(sql).value();
    ColumnarEncoder encoder(static_cast<size_t>(statement.columnCount()), safeIntegers);
    while (statement.step().value()) encoder.add(statement);
    return encoder.take();
  }
  // The rows of each of the batches that `sql` fills.
  std::vector<size_t> batchSizes(const std::string& sql) {
    auto statement = connection_->prepare(sql).value();
    ColumnarEncoder encoder(static_cast<size_t>(statement.columnCount()), false);
    std::vector<size_t> sizes;
    while (statement.step().value()) {
      if (encoder.add(statement)) sizes.push_back(encoder.take().rows);
    }
    return sizes;
  }
  static std::string rows(int count, const std::string& columns) {
    return "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(count) +
           ") SELECT " + columns + " FROM n";
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

TEST_F(ColumnarBatchTest, TellsOfEachColumnWhatItHolds) {
  const auto batch = encode(
      "VALUES (1, 1.5, NULL, 'a', NULL, 'x', x'00', 2147483648, -0.0, NULL), "
      "(-2, 2, 3, 'b', 'c', 1, x'01', 1, 1, NULL)");

  EXPECT_EQ(batch.kinds, "INnTtmmNNn");
  EXPECT_EQ(batch.rows, 2U);
  EXPECT_EQ(batch.latin1, "axbc");
  EXPECT_EQ(batch.others.size(), 2U);
}

TEST_F(ColumnarBatchTest, CountsTextInUtf16Units) {
  const auto batch = encode("VALUES ('a', 'é'), ('😀', '')");

  EXPECT_EQ(batch.utf16, u"aé😀");
  EXPECT_EQ(batch.numbers, (std::vector<double>{1, 1, 2, 0}));
  EXPECT_EQ(encode("VALUES ('aé')").latin1, "a\xe9");
}

TEST_F(ColumnarBatchTest, KeepsLongTextsApart) {
  const auto batch = encode("VALUES (printf('%.*c', 3000, 'x')), ('short')");

  EXPECT_EQ(batch.kinds, "t");
  EXPECT_EQ(batch.latin1, "short");
  EXPECT_EQ(batch.others.at(0).bytes, std::string(3000, 'x'));
}

TEST_F(ColumnarBatchTest, KeepsIntegersExactIfAsked) {
  const auto rounded = encode("VALUES (9007199254740993)");
  const auto exact = encode("VALUES (9007199254740993)", true);

  EXPECT_EQ(rounded.numbers.at(0), 9007199254740992.0);
  EXPECT_EQ(exact.others.at(0).integer, 9007199254740993);
}

TEST_F(ColumnarBatchTest, IsFullAfterSomeRowsCellsOrText) {
  EXPECT_EQ(batchSizes(rows(600, "i")), (std::vector<size_t>{256, 256}));
  EXPECT_EQ(batchSizes(rows(40, "printf('%.*c', 2000, 'x')")), (std::vector<size_t>{17, 17}));
  std::string wide = "i";
  for (int i = 1; i < 1000; i++) wide += ",i";
  EXPECT_EQ(batchSizes(rows(70, wide)).front(), kMaxBatchCells / 1000);
}

TEST_F(ColumnarBatchTest, HasTheDigestOfItsContent) {
  const char* const different[] = {"VALUES (1)",         "VALUES ('1')",      "VALUES (NULL)",
                                   "VALUES (x'31')",     "VALUES (1), (1)",   "VALUES (1, 1)",
                                   "VALUES ('a', 'bc')", "VALUES ('ab', 'c')"};
  for (const char* one : different) {
    for (const char* other : different) {
      EXPECT_EQ(encode(one).digest() == encode(other).digest(), one == other) << one << other;
    }
  }
}

TEST(ToUtf16Test, ReplacesWhatIsNotUtf8AsJavaScriptDoes) {
  EXPECT_EQ(toUtf16("a\xc3\xa9\xf0\x9f\x98\x80"), u"aé😀");
  EXPECT_EQ(toUtf16("\xed\xa0\x80"), u"\xfffd\xfffd\xfffd");  // a lone surrogate
  EXPECT_EQ(toUtf16("\xe2\x82"), u"\xfffd");                  // cut off
  EXPECT_EQ(toUtf16("\xe2\x82g"), u"\xfffdg");
  EXPECT_EQ(toUtf16("\xc0\x80\xff"), u"\xfffd\xfffd\xfffd");
  EXPECT_EQ(toUtf16("\xf4\x90\x80\x80"), u"\xfffd\xfffd\xfffd\xfffd");
  EXPECT_EQ(toUtf16(std::string_view("\0", 1)).size(), 1U);
}

}  // namespace
}  // namespace fsdb
