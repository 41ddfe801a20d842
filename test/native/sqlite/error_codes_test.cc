#include "sqlite/error_codes.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

TEST(ErrorCodesTest, NamesPrimaryAndExtendedCodes) {
  EXPECT_EQ(sqliteCodeName(0), "SQLITE_OK");
  EXPECT_EQ(sqliteCodeName(1), "SQLITE_ERROR");
  EXPECT_EQ(sqliteCodeName(5), "SQLITE_BUSY");
  EXPECT_EQ(sqliteCodeName(101), "SQLITE_DONE");
  EXPECT_EQ(sqliteCodeName(517), "SQLITE_BUSY_SNAPSHOT");
  EXPECT_EQ(sqliteCodeName(1555), "SQLITE_CONSTRAINT_PRIMARYKEY");
  EXPECT_EQ(sqliteCodeName(2067), "SQLITE_CONSTRAINT_UNIQUE");
  EXPECT_EQ(sqliteCodeName(4874), "SQLITE_IOERR_SHMSIZE");
}

TEST(ErrorCodesTest, ACodeWithoutANameShowsItsNumber) {
  EXPECT_EQ(sqliteCodeName(65'283), "UNKNOWN_SQLITE_ERROR_65283");
  EXPECT_EQ(sqliteCodeName(-1), "UNKNOWN_SQLITE_ERROR_-1");
}

TEST(ErrorCodesTest, GroupsCodesByWhatACallerCanDoNext) {
  struct Case {
    int code;
    ErrorCode expected;
  };
  const Case cases[] = {
      {1, ErrorCode::kSql},          {3, ErrorCode::kReadonly},      {5, ErrorCode::kBusy},
      {261, ErrorCode::kBusy},       {517, ErrorCode::kBusy},        {6, ErrorCode::kBusy},
      {7, ErrorCode::kInternal},     {3082, ErrorCode::kInternal},   {8, ErrorCode::kReadonly},
      {1032, ErrorCode::kMoved},     {9, ErrorCode::kTimeout},       {10, ErrorCode::kIo},
      {266, ErrorCode::kIo},         {4874, ErrorCode::kIo},         {11, ErrorCode::kCorrupt},
      {267, ErrorCode::kCorrupt},    {26, ErrorCode::kCorrupt},      {13, ErrorCode::kFull},
      {14, ErrorCode::kIo},          {18, ErrorCode::kLimit},        {19, ErrorCode::kConstraint},
      {787, ErrorCode::kConstraint}, {2067, ErrorCode::kConstraint}, {20, ErrorCode::kConstraint},
      {21, ErrorCode::kInternal},    {25, ErrorCode::kInternal},
  };
  for (const auto& [code, expected] : cases) {
    EXPECT_EQ(errorCodeOfSqlite(code), expected) << sqliteCodeName(code);
  }
}

}  // namespace
}  // namespace fsdb
