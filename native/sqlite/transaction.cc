#include "sqlite/transaction.h"

#include <utility>

namespace fsdb {
namespace {

// A failed statement may have ended the transaction already; if not, this can only fail the same
// way, and SQLite rolls back when the connection closes.
void rollback(Connection& connection) {
  if (connection.inTransaction()) (void)connection.exec("ROLLBACK");
}

}  // namespace

Result<Transaction> Transaction::begin(Connection& connection) {
  FSDB_TRY(connection.exec("BEGIN IMMEDIATE"));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) rollback(*connection_);
}

Result<void> Transaction::commit() {
  Connection& connection = *std::exchange(connection_, nullptr);
  auto committed = connection.exec("COMMIT");
  if (!committed) rollback(connection);
  return committed;
}

}  // namespace fsdb
