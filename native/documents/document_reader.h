// Reads documents: by id, by query, counted.
//
// Threads: as the connection that it was created on. Statements are prepared on first use and kept;
// the object should end before the connection does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/change_feed.h"
#include "documents/query.h"
#include "sqlite/connection.h"
#include "sqlite/value.h"

namespace fsdb {

struct CompiledQuery;

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

  // What happened behind the change `seq`, in order, `limit` changes at most.
  Result<std::vector<DocumentChange>> changesSince(int64_t seq, int64_t limit);

  // Documents per type, for types that have any.
  Result<std::map<std::string, int64_t>> counts();

 private:
  struct Statements;

  Result<DocumentPage> readPage(const CompiledQuery& compiled);
  Result<int64_t> readCount(std::string_view sql, const std::vector<Value>& values);
  Result<void> run(std::string_view sql);

  Connection& connection_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace fsdb
