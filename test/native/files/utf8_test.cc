#include "files/utf8.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

TEST(Utf8Test, AcceptsEveryLengthOfSequence) {
  EXPECT_TRUE(isUtf8(""));
  EXPECT_TRUE(isUtf8("a\n\"'%"));
  EXPECT_TRUE(isUtf8("\xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"));
}

TEST(Utf8Test, RefusesWhatIsNoSequence) {
  for (const char* bytes :
       {"\x80", "a\xFF", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF0\x80\x80\xAF", "\xF8\x88\x80\x80\x80", "\xE6\x97", "\xC3\xC3\xA9"}) {
    EXPECT_FALSE(isUtf8(bytes)) << bytes;
  }
}

TEST(Utf8Test, EscapesOnlyTheBytesThatAreNotValid) {
  EXPECT_EQ(escapeInvalidUtf8("\xC3\xA9/a\xFF\x80.json"), "\xC3\xA9/a\\xFF\\x80.json");
  EXPECT_EQ(escapeInvalidUtf8("plain"), "plain");
}

}  // namespace
}  // namespace fsdb
