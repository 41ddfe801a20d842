// What is declared of a collection and concerns its writes: `unique` and `keep`.
//
// Threads: as the connection that it was created on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "documents/collection_schema.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

// How many documents one write drops at most: where a limit has become smaller, later writes go on.
inline constexpr int64_t kMaxDropped = 1000;

class CollectionRules {
 public:
  // `connection` must outlive this object.
  static Result<CollectionRules> create(Connection& connection);

  struct Candidate {
    std::string_view type;
    std::string_view id;
    std::string_view name;
    std::string_view json;
  };

  // Another document has what only one may have.
  struct Collision {
    std::string path;
    std::string id;
  };
  Result<std::optional<Collision>> findCollision(const Candidate& candidate,
                                                 const CollectionOptions& options);

  // What is to be dropped now that the candidate is stored, at most kMaxDropped for each limit.
  struct Surplus {
    int64_t seq = 0;
    std::string id;
    int64_t version = 0;
  };
  Result<std::vector<Surplus>> findSurplus(const Candidate& candidate, const KeepOptions& keep,
                                           WallTime now);

  Result<CollectionOptions> options(std::string_view type) { return catalog_.options(type); }

 private:
  CollectionRules(Connection& connection, CollectionCatalog catalog)
      : connection_(&connection), catalog_(std::move(catalog)) {}

  Result<void> findBeyond(const Candidate& candidate, const KeepOptions& keep,
                          std::vector<Surplus>& surplus);
  Result<void> findOlder(std::string_view type, const std::string& before,
                         std::vector<Surplus>& surplus);
  static Result<void> readSurplus(Statement& statement, std::vector<Surplus>& surplus);
  Result<Statement*> take(const std::string& sql);

  Connection* connection_;
  CollectionCatalog catalog_;
  std::map<std::string, Statement> statements_;
};

}  // namespace fsdb
