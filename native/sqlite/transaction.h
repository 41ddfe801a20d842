// A write transaction that rolls back unless commit() was reached.
#pragma once

#include "base/result.h"
#include "sqlite/connection.h"

namespace fsdb {

class Transaction {
 public:
  // BEGIN IMMEDIATE: the write lock is taken now, so that no later statement fails for want of it.
  static Result<Transaction> begin(Connection& connection);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // After an error the transaction has been rolled back; for kIo the outcome is unknown.
  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // nullptr: ended
};

}  // namespace fsdb
