// The table `changes`: what happened to which document, in commit order, so that a reader who knows
// the last seq it has seen can catch up. Pruned to the newest kLimit.
//
// Threads: as the connection that it was created on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

enum class ChangeOp : uint8_t { kInsert, kUpdate, kDelete };

// A row of the feed.
struct DocumentChange {
  int64_t seq = 0;
  std::string op;  // "insert", "update", "delete"
  std::string type;
  std::string id;
  int64_t version = 0;
  std::string origin;  // "file", "app"
  std::string at;      // ISO 8601
};

class ChangeFeed {
 public:
  static const char* const kSchema;

  // What is behind the change ?1, in order, ?2 rows at most; the columns are those of
  // DocumentChange.
  static const char* const kSince;

  // How many changes are kept: a reader that has missed more starts over from the documents.
  static constexpr int64_t kLimit = 10'000;

  static Result<ChangeFeed> create(Connection& connection);

  struct Change {
    ChangeOp op = ChangeOp::kInsert;
    std::string_view type;
    std::string_view id;
    int64_t version = 0;
    std::string_view origin;  // "file", "app"
    std::string_view at;      // ISO 8601
  };
  Result<void> add(const Change& change);

  // Uses up `count` numbers without storing anything: the first rows of a sync so large that they
  // would be pruned at once. Readers notice the gap as they notice pruning.
  Result<void> skip(int64_t count);

  // Deletes what is older than the newest kLimit. Call once per transaction that added.
  Result<void> prune();

 private:
  ChangeFeed() = default;

  Statement add_;
  Statement begin_;
  Statement skip_;
  Statement prune_;
};

}  // namespace fsdb
