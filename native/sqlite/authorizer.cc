#include "sqlite/authorizer.h"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace fsdb {
namespace {

// Pragmas that only tell, also with an argument.
// Source: https://www.sqlite.org/pragma.html
constexpr std::string_view kTelling[] = {
    "collation_list",   "compile_options", "data_version",  "database_list", "foreign_key_check",
    "foreign_key_list", "freelist_count",  "function_list", "index_info",    "index_list",
    "index_xinfo",      "integrity_check", "module_list",   "page_count",    "pragma_list",
    "quick_check",      "table_info",      "table_list",    "table_xinfo",
};

// Pragmas that tell without an argument and set with one.
constexpr std::string_view kTellingAlone[] = {
    "application_id", "auto_vacuum",  "cache_size",     "encoding",           "foreign_keys",
    "journal_mode",   "page_size",    "query_only",     "recursive_triggers", "schema_version",
    "synchronous",    "user_version", "max_page_count",
};

// Pragmas whose setting belongs to the file, or to the transaction.
constexpr std::string_view kKept[] = {"application_id", "defer_foreign_keys", "user_version"};

template <size_t N>
bool contains(const std::string_view (&names)[N], const char* name) {
  return std::any_of(std::begin(names), std::end(names), [&](std::string_view each) {
    return sqlite3_stricmp(std::string(each).c_str(), name) == 0;
  });
}

bool isAllowedPragma(const char* name, bool argument, bool writing) {
  if (contains(kTelling, name)) return true;
  if (!argument && contains(kTellingAlone, name)) return true;
  return writing && contains(kKept, name);
}

}  // namespace

Authorizer::Authorizer(Connection& connection) {
  sqlite3_set_authorizer(connection.handle(), &Authorizer::onAction, this);
}

int Authorizer::onAction(void* self, int action, const char* first, const char* second, const char*,
                         const char*) {
  auto& authorizer = *static_cast<Authorizer*>(self);
  if (authorizer.access_ == Access::kAll) return SQLITE_OK;
  if (action == SQLITE_READ && first != nullptr) authorizer.tablesRead_.emplace(first);
  return authorizer.isAllowed(action, first, second) ? SQLITE_OK : SQLITE_DENY;
}

bool Authorizer::isAllowed(int action, const char* first, const char* second) {
  const bool writing = access_ == Access::kWriting;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return true;
    // Virtual tables prepare their own, R-trees also where nothing is going to be written: what is
    // only to be read is read on a connection that cannot write.
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return true;
    case SQLITE_FUNCTION:
      return second == nullptr || sqlite3_stricmp(second, "load_extension") != 0;
    case SQLITE_PRAGMA:
      return first != nullptr && isAllowedPragma(first, second != nullptr, writing);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    // What is temporary belongs to the connection, and so to everybody who writes by it.
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
      return false;
    default:
      return writing;
  }
}

}  // namespace fsdb
