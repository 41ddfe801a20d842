#include "documents/page_token.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace fsdb {
namespace {

TEST(PageTokenTest, ReturnsWhatWasPutIn) {
  const PageToken token{0xfedcba9876543210U,
                        {std::monostate(), std::numeric_limits<int64_t>::min(), int64_t{7}, -2.5,
                         std::string(), std::string("\0ä\xff", 4), std::string(1000, 'x')}};

  const auto decoded = decodePageToken(encodePageToken(token));

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->order, token.order);
  EXPECT_EQ(decoded->keys, token.keys);
}

TEST(PageTokenTest, FitsIntoAQueryString) {
  for (size_t length = 0; length < 16; length++) {
    const auto text = encodePageToken({~uint64_t{0}, {std::string(length, '\xff')}});

    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
              std::string::npos);
  }
}

TEST(PageTokenTest, RefusesWhatItHasNotMade) {
  const std::string good = encodePageToken({1, {std::string("text"), int64_t{5}}});
  ASSERT_TRUE(decodePageToken(good));

  for (const std::string& bad :
       {std::string(), std::string("x"), std::string("not a token"), good + "!", good + "AAAA",
        "B" + good, std::string(good.size(), 'A'), std::string("'; DROP TABLE documents; --")}) {
    const auto decoded = decodePageToken(bad);
    ASSERT_FALSE(decoded) << bad;
    EXPECT_EQ(decoded.error().code, ErrorCode::kParse);
    EXPECT_EQ(decoded.error().message, "after: is not the `next` of a page");
  }
}

TEST(PageTokenTest, RefusesEveryTruncatedToken) {
  const std::string good = encodePageToken({1, {std::string("text"), 2.5, int64_t{5}}});

  // The last byte of a value may be cut off whole: what is left is then a shorter token.
  size_t refused = 0;
  for (size_t length = 0; length < good.size(); length++) {
    const auto decoded = decodePageToken(good.substr(0, length));
    if (!decoded) refused++;
    if (decoded) {
      EXPECT_LT(decoded->keys.size(), 3U);
    }
  }

  EXPECT_GT(refused, good.size() - 10);
}

TEST(PageTokenTest, ALengthThatIsALieIsRefused) {
  // Format 1, order 0, a text of 2^64 - 1 bytes, "x".
  EXPECT_FALSE(decodePageToken("AQAAAAAAAAAAdP__________eA"));
}

}  // namespace
}  // namespace fsdb
