// Reads documents: by id, by query, counted.
//
// Threads: as the connection that it was created on. Statements are prepared on first use and kept;
// the object should end before the connection does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "documents/change_feed.h"
#include "documents/collection_options.h"
#include "documents/query.h"
#include "sqlite/connection.h"
#include "sqlite/value.h"

namespace fsdb {

struct CompiledQuery;
struct QuerySchema;

class DocumentReader {
 public:
  // `connection` must outlive this object.
  explicit DocumentReader(Connection& connection);
  ~DocumentReader();

  Result<std::optional<StoredDocument>> get(std::string_view type, std::string_view id);

  // kParse: the query is wrong; the message names the part that is. Reaches JavaScript as
  // TypeError.
  Result<DocumentPage> find(const Query& query);

  Result<int64_t> count(std::string_view type, const std::optional<QueryValue>& where);

  // What is found by full text, best first; of all types that have it, or of one. kParse: a type
  // has none.
  Result<std::vector<SearchHit>> search(std::string_view text,
                                        const std::optional<std::string>& type, int64_t limit);

  // Of the types that have full text.
  Result<std::vector<SearchProgress>> searchProgress();

  // What the document refers to, in its order. kParse: nothing is declared about references.
  Result<std::vector<DocumentReference>> references(std::string_view type, std::string_view id);

  // Which documents refer to it, oldest first.
  Result<std::vector<DocumentReference>> backlinks(std::string_view type, std::string_view id);

  // How often each tag is used, the most used first. kParse: nothing is declared about tags.
  Result<std::vector<std::pair<std::string, int64_t>>> tags(std::string_view type);

  // What find() would ask, for somebody who asks it elsewhere. kParse as there.
  Result<CompiledQuery> compile(const Query& query);

  // How find() would go about the query. kParse as there.
  Result<QueryPlan> explain(const Query& query);

  // What happened behind the change `seq`, in order, `limit` changes at most.
  Result<std::vector<DocumentChange>> changesSince(int64_t seq, int64_t limit);

  // Documents per type, for types that have any.
  Result<std::map<std::string, int64_t>> counts();

 private:
  struct Statements;

  class Snapshot;

  Result<void> checkSchema();
  Result<const CollectionOptions*> options(std::string_view type);
  Result<QuerySchema> schemaFor(const Query& query);
  Result<const std::vector<std::string>*> searchable();
  Result<void> searchType(const std::string& type, const std::string& text, int64_t limit,
                          std::vector<SearchHit>& hits);
  Result<std::vector<DocumentReference>> readReferences(std::string_view sql, std::string_view type,
                                                        std::string_view id);
  Result<DocumentPage> readPage(const CompiledQuery& compiled);
  Result<int64_t> readCount(std::string_view sql, const std::vector<Value>& values);
  Result<void> run(std::string_view sql);

  Connection& connection_;
  std::unique_ptr<Statements> statements_;
  // What is declared, as of the schema that had this number.
  int64_t schemaVersion_ = -1;
  std::map<std::string, CollectionOptions, std::less<>> options_;
  std::optional<std::vector<std::string>> searchable_;
};

}  // namespace fsdb
