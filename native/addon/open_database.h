// What a database and its statements share, on the side of JavaScript. It ends with the last of
// them.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "addon/compiled_statement.h"
#include "base/lru_cache.h"
#include "database/database.h"

namespace fsdb {

class DatabaseObject;
class Environment;
class StatementObject;

// What calls on a closed database fail with.
constexpr char kNotOpen[] = "The database connection is not open";

class OpenDatabase {
 public:
  OpenDatabase();

  // Throws TypeError after close().
  void checkOpen(Napi::Env env) const;
  // Throws TypeError while a call, or rows that are being iterated, hold the connection.
  void checkIdle(Napi::Env env) const;

  // A statement that nobody else has: from those that were used lately, if it was. Throws
  // SqliteError or RangeError.
  std::shared_ptr<CompiledStatement> compile(const std::string& sql);

  // After a call of `statement`: forgets what was prepared before if its meaning may have changed.
  void ran(CompiledStatement& statement);
  void forgetCompiled() { cache_.clear(); }

  // What the connection has just failed with, for throwing: what a JavaScript function threw, if it
  // was that.
  Napi::Error sqlError(const Error& error);

  // Keeps what a JavaScript function threw that SQLite has called, until the statement fails of it.
  void thrown(const Napi::Error& error) { thrown_ = error; }

  // Tells the option `verbose` of the SQL that is about to run. Throws what that throws.
  void log(const Statement& statement) const;

  Connection& connection() { return database->connection(); }

  std::shared_ptr<Environment> environment;
  std::unique_ptr<Database> database;  // null after close()
  DatabaseObject* object = nullptr;    // null once it was collected
  std::set<StatementObject*> statements;
  int iterating = 0;          // statements between startIterating() and their end
  int executing = 0;          // calls under way
  bool safeIntegers = false;  // of statements and functions that are made from now on
  bool unsafe = false;        // lets callers write while rows are iterated, and call from functions
  bool verbose = false;

 private:
  std::optional<Napi::Error> thrown_;
  LruCache<std::shared_ptr<CompiledStatement>> cache_;
};

}  // namespace fsdb
