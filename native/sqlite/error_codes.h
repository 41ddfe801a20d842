// SQLite's result codes: what they are called, and what they mean to a caller.
#pragma once

#include <string>

#include "base/result.h"

namespace fsdb {

// "SQLITE_CONSTRAINT_UNIQUE" for 2067; "UNKNOWN_SQLITE_ERROR_<n>" for a code SQLite does not name.
std::string sqliteCodeName(int extendedCode);

// kBusy for SQLITE_BUSY and its extended codes, and so on.
ErrorCode errorCodeOfSqlite(int extendedCode);

}  // namespace fsdb
