// What SQL of a program's may do on a connection that does not belong to its thread: read, or write
// rows and tables, but neither end a transaction that others share, nor change how the connection
// works, nor reach other files.
//
// One per connection, for as long as the connection lives: SQLite prepares every statement again
// when an authorizer is exchanged for another.
//
// Threads: as the connection.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "sqlite/connection.h"

namespace fsdb {

class Authorizer {
 public:
  enum class Access : uint8_t {
    kAll,      // our own statements
    kReading,  // no transactions, no ATTACH, no load_extension(), pragmas that only tell
    kWriting,  // also changes of rows and of the schema, and the pragmas that a file keeps
  };

  // Must outlive the connection's last prepare.
  explicit Authorizer(Connection& connection);
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // Of the statements that are prepared from now on. What it does not allow fails to be prepared:
  // kSql, SQLITE_AUTH.
  void allow(Access access) { access_ = access; }

  // The tables that statements prepared since the last call read, as they are called in their
  // schema; tables of views included.
  std::set<std::string> takeTablesRead() { return std::move(tablesRead_); }

 private:
  static int onAction(void* self, int action, const char* first, const char* second,
                      const char* database, const char* trigger);
  bool isAllowed(int action, const char* first, const char* second);

  Access access_ = Access::kAll;
  std::set<std::string> tablesRead_;
};

// Allows SQL of a program's while it lives.
class AllowedAccess {
 public:
  AllowedAccess(Authorizer& authorizer, Authorizer::Access access) : authorizer_(authorizer) {
    authorizer_.allow(access);
  }
  ~AllowedAccess() { authorizer_.allow(Authorizer::Access::kAll); }
  AllowedAccess(const AllowedAccess&) = delete;
  AllowedAccess& operator=(const AllowedAccess&) = delete;

 private:
  Authorizer& authorizer_;
};

}  // namespace fsdb
