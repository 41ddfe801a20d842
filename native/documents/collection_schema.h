// The indexes, triggers and side tables that the declarations of collections come to.
//
// They are part of the database file and work whoever writes a document: another process, a sync,
// or plain SQL. Each belongs to one type and costs the others nothing; what is not declared is not
// there. Names tell what a thing is for: _fsdb_index('codex', 'title').
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "documents/collection_options.h"
#include "documents/side_tables.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

// The tables that hold what is declared, and what is kept in step with the documents.
extern const char* const kCollectionSchema;

// What `options` come to for `type`. Pure. kParse: a path is wrong; the message names the option.
Result<std::vector<SchemaObject>> schemaOf(const std::string& type,
                                           const CollectionOptions& options);

// Makes the schema of `type` what `options` say: creates what is missing, drops what is no longer
// declared, leaves the rest. Inside a transaction of the caller's.
// kParse: a path is wrong. kConstraint: there are documents that `unique` forbids; the message
// names the value and two ids.
Result<void> declareCollection(Connection& connection, const std::string& type,
                               const CollectionOptions& options);

// Reads what is declared.
class CollectionCatalog {
 public:
  // `connection` must outlive this object.
  static Result<CollectionCatalog> create(Connection& connection);

  // Of a type that nobody has declared: nothing.
  Result<CollectionOptions> options(std::string_view type);

 private:
  explicit CollectionCatalog(Statement statement) : statement_(std::move(statement)) {}

  Statement statement_;
};

}  // namespace fsdb
