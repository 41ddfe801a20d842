#include "parse/text.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

TEST(TextTest, LinesEndWithLfCrLfOrCrAndColumnsCountCodePoints) {
  const std::string_view text = "aé\r\nb\rc\n😀d";

  EXPECT_EQ(positionOf(text, 0), (TextPosition{1, 1}));
  EXPECT_EQ(positionOf(text, 3), (TextPosition{1, 3}));
  EXPECT_EQ(positionOf(text, 5), (TextPosition{2, 1}));
  EXPECT_EQ(positionOf(text, 7), (TextPosition{3, 1}));
  EXPECT_EQ(positionOf(text, 9), (TextPosition{4, 1}));
  EXPECT_EQ(positionOf(text, 13), (TextPosition{4, 2}));
  EXPECT_EQ(positionOf(text, text.size()), (TextPosition{4, 3}));
}

// The careful scanner and simdjson's must agree on every lead byte and every boundary.
TEST(TextTest, InvalidUtf8IsFoundWhereverTheFastCheckRefuses) {
  for (int lead = 0x80; lead <= 0xff; lead++) {
    for (int second = 0; second <= 0xff; second++) {
      for (const char* rest : {"", "\x80", "\xbf\xbf", "a"}) {
        const std::string text =
            "x" + std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;

        EXPECT_EQ(checkUtf8(text).ok(), findInvalidUtf8(text) == text.size()) << lead << second;
      }
    }
  }
}

TEST(TextTest, NulsInBinaryFilesAreNotTakenForUtf16) {
  EXPECT_TRUE(decodeText(std::string_view("ab\0\0", 4)).ok());
  EXPECT_TRUE(decodeText(std::string_view("a\0b", 3)).ok());
  EXPECT_FALSE(decodeText(std::string_view("a\0b\0", 4)).ok());
}

}  // namespace
}  // namespace fsdb
