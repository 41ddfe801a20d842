// Writes the documents of the application: the row, and what the change feed tells of it.
//
// A document's name is the one that is given; else what stands at `name` or `title` in it, whenever
// that changes; else its id.
//
// Threads: as the connection that it was created on.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "documents/change_feed.h"
#include "documents/collection_rules.h"
#include "documents/document_reader.h"
#include "documents/document_table.h"
#include "documents/document_write.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

// How large a document of the application may be: as a file may be by default.
inline constexpr size_t kMaxDocumentBytes = 16 << 20;

class CollectionWriter {
 public:
  // `connection` must outlive this object.
  static Result<std::unique_ptr<CollectionWriter>> create(Connection& connection);

  // Inside a transaction of the caller's, who rolls back on an error. What `keep` of the collection
  // no longer wants is dropped in it, too.
  //
  // Refused: kConstraint if another document has what `unique` gives to one; kConflict if a guard
  // or a taken id stands in the way, or the document belongs to a file; kLimit if it is nested
  // deeper than kMaxDepth or longer than kMaxDocumentBytes; kParse if `onlyIfNewer` is no path.
  Result<WriteOutcome> write(const DocumentWrite& write, WallTime now);

  // What write() would store, and whether it would refuse, without storing anything.
  struct Plan {
    std::string json;
    std::string name;
    CollectionOptions options;  // of the collection
    std::optional<StoredDocument> current;
    std::optional<WriteRefusal> refused;
    bool nothingToDo = false;  // a patch or a deletion of what is not there
  };
  Result<Plan> plan(const DocumentWrite& write);

 private:
  CollectionWriter(Connection& connection, DocumentTable table, ChangeFeed feed,
                   CollectionRules rules, Statement newer);

  Result<std::optional<Error>> checkGuard(const DocumentWrite& write, const Plan& plan);
  Result<bool> isNewer(const std::string& path, const std::string& json, const std::string& stored);
  Result<WriteOutcome> remove(const DocumentWrite& write, StoredDocument current,
                              std::string_view now);
  Result<std::optional<WriteRefusal>> checkUnique(const DocumentWrite& write, const Plan& plan);
  Result<WriteOutcome> store(const DocumentWrite& write, const Plan& plan, std::string_view now);
  Result<void> dropSurplus(const DocumentWrite& write, const Plan& plan, WallTime now);
  Result<void> record(ChangeOp op, const std::string& type, const std::string& id, int64_t version,
                      std::string_view now);

  DocumentReader reader_;
  DocumentTable table_;
  ChangeFeed feed_;
  CollectionRules rules_;
  Statement newer_;
};

}  // namespace fsdb
