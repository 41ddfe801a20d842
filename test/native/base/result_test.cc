#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace fsdb {
namespace {

TEST(ResultTest, EveryCodeHasANameThatLeadsBackToIt) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kTimeout); i++) {
    const auto code = static_cast<ErrorCode>(i);

    EXPECT_EQ(errorCodeOf(errorCodeName(code)), code);
  }
  EXPECT_EQ(errorCodeOf("ENOENT"), std::nullopt);
}

TEST(ResultTest, ASystemErrorNamesTheOperationTheFileAndTheReason) {
  const Error error = systemError("open", "a.json", EACCES);

  EXPECT_EQ(error.message, "open a.json: Permission denied");
  EXPECT_EQ(error.path, "a.json");
  EXPECT_EQ(error.code, ErrorCode::kIo);
  EXPECT_EQ(systemError("write", "a.json", ENOSPC).code, ErrorCode::kFull);
  EXPECT_EQ(systemError("write", "a.json", EROFS).code, ErrorCode::kReadonly);
}

}  // namespace
}  // namespace fsdb
