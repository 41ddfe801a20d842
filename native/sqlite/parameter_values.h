// The values for the parameters of a statement that runs on another thread than the one that gives
// them: they are taken before the statement is prepared.
//
// As in better-sqlite3: plain `?` (here also `?1`) take values in order, named ones take the
// members of an object, which may have others.
//
// Threads: any, one at a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/statement.h"
#include "sqlite/value.h"

namespace fsdb {

struct NamedValue {
  std::string name;  // without prefix
  Value value;
  std::string problem;  // why it cannot be bound; matters only if the statement asks for it
};

struct ParameterValues {
  std::vector<Value> plain;
  std::vector<NamedValue> named;
  bool hasNamed = false;  // an object was given, if only an empty one
};

// Binds all of them. Text is not copied: `values` must stay as it is until the statement has ended
// or is bound again.
// kSql without an SQLite code: there are too few, too many, or a named one is missing. kParse: one
// of a type that SQLite does not have. kLimit: too long for SQLite.
Result<void> bindAll(Statement& statement, const ParameterValues& values);

}  // namespace fsdb
