// Reads documents: by id, by query, counted.
//
// Threads: as the connection that it was created on. Statements are prepared on first use and kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "documents/query.h"
#include "sqlite/connection.h"

namespace fsdb {

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

  // Documents per type, for types that have any.
  Result<std::map<std::string, int64_t>> counts();

 private:
  struct Statements;

  Connection& connection_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace fsdb
