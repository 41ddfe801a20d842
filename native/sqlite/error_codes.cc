#include "sqlite/error_codes.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace fsdb {
namespace {

struct CodeName {
  int code;
  const char* name;
};

#define FSDB_CODE(name) \
  CodeName { name, #name }

// Every result code of sqlite3.h: https://www.sqlite.org/rescode.html
const CodeName kCodeNames[] = {FSDB_CODE(SQLITE_OK),
                               FSDB_CODE(SQLITE_ERROR),
                               FSDB_CODE(SQLITE_INTERNAL),
                               FSDB_CODE(SQLITE_PERM),
                               FSDB_CODE(SQLITE_ABORT),
                               FSDB_CODE(SQLITE_BUSY),
                               FSDB_CODE(SQLITE_LOCKED),
                               FSDB_CODE(SQLITE_NOMEM),
                               FSDB_CODE(SQLITE_READONLY),
                               FSDB_CODE(SQLITE_INTERRUPT),
                               FSDB_CODE(SQLITE_IOERR),
                               FSDB_CODE(SQLITE_CORRUPT),
                               FSDB_CODE(SQLITE_NOTFOUND),
                               FSDB_CODE(SQLITE_FULL),
                               FSDB_CODE(SQLITE_CANTOPEN),
                               FSDB_CODE(SQLITE_PROTOCOL),
                               FSDB_CODE(SQLITE_EMPTY),
                               FSDB_CODE(SQLITE_SCHEMA),
                               FSDB_CODE(SQLITE_TOOBIG),
                               FSDB_CODE(SQLITE_CONSTRAINT),
                               FSDB_CODE(SQLITE_MISMATCH),
                               FSDB_CODE(SQLITE_MISUSE),
                               FSDB_CODE(SQLITE_NOLFS),
                               FSDB_CODE(SQLITE_AUTH),
                               FSDB_CODE(SQLITE_FORMAT),
                               FSDB_CODE(SQLITE_RANGE),
                               FSDB_CODE(SQLITE_NOTADB),
                               FSDB_CODE(SQLITE_NOTICE),
                               FSDB_CODE(SQLITE_WARNING),
                               FSDB_CODE(SQLITE_ROW),
                               FSDB_CODE(SQLITE_DONE),
                               FSDB_CODE(SQLITE_ERROR_MISSING_COLLSEQ),
                               FSDB_CODE(SQLITE_ERROR_RETRY),
                               FSDB_CODE(SQLITE_ERROR_SNAPSHOT),
                               FSDB_CODE(SQLITE_ERROR_RESERVESIZE),
                               FSDB_CODE(SQLITE_ERROR_KEY),
                               FSDB_CODE(SQLITE_ERROR_UNABLE),
                               FSDB_CODE(SQLITE_IOERR_READ),
                               FSDB_CODE(SQLITE_IOERR_SHORT_READ),
                               FSDB_CODE(SQLITE_IOERR_WRITE),
                               FSDB_CODE(SQLITE_IOERR_FSYNC),
                               FSDB_CODE(SQLITE_IOERR_DIR_FSYNC),
                               FSDB_CODE(SQLITE_IOERR_TRUNCATE),
                               FSDB_CODE(SQLITE_IOERR_FSTAT),
                               FSDB_CODE(SQLITE_IOERR_UNLOCK),
                               FSDB_CODE(SQLITE_IOERR_RDLOCK),
                               FSDB_CODE(SQLITE_IOERR_DELETE),
                               FSDB_CODE(SQLITE_IOERR_BLOCKED),
                               FSDB_CODE(SQLITE_IOERR_NOMEM),
                               FSDB_CODE(SQLITE_IOERR_ACCESS),
                               FSDB_CODE(SQLITE_IOERR_CHECKRESERVEDLOCK),
                               FSDB_CODE(SQLITE_IOERR_LOCK),
                               FSDB_CODE(SQLITE_IOERR_CLOSE),
                               FSDB_CODE(SQLITE_IOERR_DIR_CLOSE),
                               FSDB_CODE(SQLITE_IOERR_SHMOPEN),
                               FSDB_CODE(SQLITE_IOERR_SHMSIZE),
                               FSDB_CODE(SQLITE_IOERR_SHMLOCK),
                               FSDB_CODE(SQLITE_IOERR_SHMMAP),
                               FSDB_CODE(SQLITE_IOERR_SEEK),
                               FSDB_CODE(SQLITE_IOERR_DELETE_NOENT),
                               FSDB_CODE(SQLITE_IOERR_MMAP),
                               FSDB_CODE(SQLITE_IOERR_GETTEMPPATH),
                               FSDB_CODE(SQLITE_IOERR_CONVPATH),
                               FSDB_CODE(SQLITE_IOERR_VNODE),
                               FSDB_CODE(SQLITE_IOERR_AUTH),
                               FSDB_CODE(SQLITE_IOERR_BEGIN_ATOMIC),
                               FSDB_CODE(SQLITE_IOERR_COMMIT_ATOMIC),
                               FSDB_CODE(SQLITE_IOERR_ROLLBACK_ATOMIC),
                               FSDB_CODE(SQLITE_IOERR_DATA),
                               FSDB_CODE(SQLITE_IOERR_CORRUPTFS),
                               FSDB_CODE(SQLITE_IOERR_IN_PAGE),
                               FSDB_CODE(SQLITE_IOERR_BADKEY),
                               FSDB_CODE(SQLITE_IOERR_CODEC),
                               FSDB_CODE(SQLITE_LOCKED_SHAREDCACHE),
                               FSDB_CODE(SQLITE_LOCKED_VTAB),
                               FSDB_CODE(SQLITE_BUSY_RECOVERY),
                               FSDB_CODE(SQLITE_BUSY_SNAPSHOT),
                               FSDB_CODE(SQLITE_BUSY_TIMEOUT),
                               FSDB_CODE(SQLITE_CANTOPEN_NOTEMPDIR),
                               FSDB_CODE(SQLITE_CANTOPEN_ISDIR),
                               FSDB_CODE(SQLITE_CANTOPEN_FULLPATH),
                               FSDB_CODE(SQLITE_CANTOPEN_CONVPATH),
                               FSDB_CODE(SQLITE_CANTOPEN_DIRTYWAL),
                               FSDB_CODE(SQLITE_CANTOPEN_SYMLINK),
                               FSDB_CODE(SQLITE_CORRUPT_VTAB),
                               FSDB_CODE(SQLITE_CORRUPT_SEQUENCE),
                               FSDB_CODE(SQLITE_CORRUPT_INDEX),
                               FSDB_CODE(SQLITE_READONLY_RECOVERY),
                               FSDB_CODE(SQLITE_READONLY_CANTLOCK),
                               FSDB_CODE(SQLITE_READONLY_ROLLBACK),
                               FSDB_CODE(SQLITE_READONLY_DBMOVED),
                               FSDB_CODE(SQLITE_READONLY_CANTINIT),
                               FSDB_CODE(SQLITE_READONLY_DIRECTORY),
                               FSDB_CODE(SQLITE_ABORT_ROLLBACK),
                               FSDB_CODE(SQLITE_CONSTRAINT_CHECK),
                               FSDB_CODE(SQLITE_CONSTRAINT_COMMITHOOK),
                               FSDB_CODE(SQLITE_CONSTRAINT_FOREIGNKEY),
                               FSDB_CODE(SQLITE_CONSTRAINT_FUNCTION),
                               FSDB_CODE(SQLITE_CONSTRAINT_NOTNULL),
                               FSDB_CODE(SQLITE_CONSTRAINT_PRIMARYKEY),
                               FSDB_CODE(SQLITE_CONSTRAINT_TRIGGER),
                               FSDB_CODE(SQLITE_CONSTRAINT_UNIQUE),
                               FSDB_CODE(SQLITE_CONSTRAINT_VTAB),
                               FSDB_CODE(SQLITE_CONSTRAINT_ROWID),
                               FSDB_CODE(SQLITE_CONSTRAINT_PINNED),
                               FSDB_CODE(SQLITE_CONSTRAINT_DATATYPE),
                               FSDB_CODE(SQLITE_NOTICE_RECOVER_WAL),
                               FSDB_CODE(SQLITE_NOTICE_RECOVER_ROLLBACK),
                               FSDB_CODE(SQLITE_NOTICE_RBU),
                               FSDB_CODE(SQLITE_WARNING_AUTOINDEX),
                               FSDB_CODE(SQLITE_AUTH_USER),
                               FSDB_CODE(SQLITE_OK_LOAD_PERMANENTLY),
                               FSDB_CODE(SQLITE_OK_SYMLINK)};

#undef FSDB_CODE

ErrorCode errorCodeOfReadonly(int extendedCode) {
  return extendedCode == SQLITE_READONLY_DBMOVED ? ErrorCode::kMoved : ErrorCode::kReadonly;
}

}  // namespace

std::string sqliteCodeName(int extendedCode) {
  const auto* found =
      std::find_if(std::begin(kCodeNames), std::end(kCodeNames),
                   [&](const CodeName& entry) { return entry.code == extendedCode; });
  if (found != std::end(kCodeNames)) return found->name;
  return "UNKNOWN_SQLITE_ERROR_" + std::to_string(extendedCode);
}

ErrorCode errorCodeOfSqlite(int extendedCode) {
  // Out of memory, wherever it struck: nothing is wrong with the file.
  if (extendedCode == SQLITE_IOERR_NOMEM) return ErrorCode::kInternal;
  switch (extendedCode & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return ErrorCode::kBusy;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::kConstraint;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return ErrorCode::kCorrupt;
    case SQLITE_FULL:
      return ErrorCode::kFull;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return ErrorCode::kIo;
    case SQLITE_READONLY:
      return errorCodeOfReadonly(extendedCode);
    case SQLITE_PERM:
      return ErrorCode::kReadonly;
    case SQLITE_TOOBIG:
    case SQLITE_NOLFS:
      return ErrorCode::kLimit;
    case SQLITE_INTERRUPT:
      return ErrorCode::kTimeout;
    case SQLITE_NOMEM:
    case SQLITE_INTERNAL:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kSql;
  }
}

}  // namespace fsdb
