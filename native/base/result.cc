#include "base/result.h"

#include <array>
#include <cerrno>
#include <system_error>

namespace fsdb {
namespace {

struct CodeName {
  ErrorCode code;
  std::string_view name;
};

constexpr std::array<CodeName, 15> kCodeNames{{
    {ErrorCode::kBusy, "FSDB_BUSY"},
    {ErrorCode::kClosed, "FSDB_CLOSED"},
    {ErrorCode::kConflict, "FSDB_CONFLICT"},
    {ErrorCode::kConstraint, "FSDB_CONSTRAINT"},
    {ErrorCode::kCorrupt, "FSDB_CORRUPT"},
    {ErrorCode::kFull, "FSDB_FULL"},
    {ErrorCode::kInternal, "FSDB_INTERNAL"},
    {ErrorCode::kIo, "FSDB_IO"},
    {ErrorCode::kLimit, "FSDB_LIMIT"},
    {ErrorCode::kMoved, "FSDB_MOVED"},
    {ErrorCode::kParse, "FSDB_PARSE"},
    {ErrorCode::kReadonly, "FSDB_READONLY"},
    {ErrorCode::kSchema, "FSDB_SCHEMA"},
    {ErrorCode::kSql, "FSDB_SQL"},
    {ErrorCode::kTimeout, "FSDB_TIMEOUT"},
}};

ErrorCode codeOfErrno(int systemCode) {
  switch (systemCode) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kFull;
    case EROFS:
      return ErrorCode::kReadonly;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

std::string_view errorCodeName(ErrorCode code) {
  for (const auto& entry : kCodeNames) {
    if (entry.code == code) return entry.name;
  }
  return "FSDB_INTERNAL";
}

std::optional<ErrorCode> errorCodeOf(std::string_view name) {
  for (const auto& entry : kCodeNames) {
    if (entry.name == name) return entry.code;
  }
  return std::nullopt;
}

Error systemError(std::string_view operation, std::string_view path, int systemCode) {
  Error error;
  error.code = codeOfErrno(systemCode);
  error.message = std::string(operation) + " " + std::string(path) + ": " +
                  std::generic_category().message(systemCode);
  error.path = path;
  error.systemCode = systemCode;
  return error;
}

}  // namespace fsdb
