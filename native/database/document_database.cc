#include "database/document_database.h"

#include <utility>

#include "base/clock.h"
#include "database/schema.h"
#include "documents/collection_schema.h"
#include "documents/search_index.h"
#include "sqlite/transaction.h"

namespace fsdb {

namespace {

// In one transaction, and without one if all is as it was.
Result<void> declare(Connection& connection,
                     const std::map<std::string, CollectionOptions>& collections) {
  auto catalog = CollectionCatalog::create(connection);
  if (!catalog) return std::move(catalog).error();
  std::optional<Transaction> transaction;
  for (const auto& [type, options] : collections) {
    auto declared = catalog->options(type);
    if (!declared) return std::move(declared).error();
    if (*declared == options) continue;
    if (!transaction) {
      auto begun = Transaction::begin(connection);
      if (!begun) return std::move(begun).error();
      transaction.emplace(std::move(begun).value());
    }
    auto made = declareCollection(connection, type, options);
    if (made) continue;
    Error error = std::move(made).error();
    error.message = "collection \"" + type + "\": " + error.message;
    return error;
  }
  return transaction ? transaction->commit() : Result<void>();
}

JobOptions jobOptionsOf(const DatabaseOptions& options) {
  JobOptions job;
  job.durability = options.durability;
  job.busyTimeout = options.busyTimeout;
  return job;
}

}  // namespace

Result<Database::Parts> DocumentDatabase::openParts(const std::string& path,
                                                    const DocumentOptions& options) {
  auto parts = Database::openParts(path, options);
  if (!parts) return parts;
  Connection& connection = *parts->connection;
  if (!options.readonly) {
    FSDB_TRY(migrate(connection, documentMigrations(), kProgramVersion));
    FSDB_TRY(declare(connection, options.collections));
    return parts;
  }
  auto tables = connection.queryInteger(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_fsdb_collections'");
  if (!tables) return std::move(tables).error();
  if (*tables > 0) return parts;
  Error error;
  error.code = ErrorCode::kSchema;
  error.message = "open " + path + ": it holds no documents; open it once without `readonly`";
  error.path = path;
  return error;
}

Result<std::unique_ptr<DocumentDatabase>> DocumentDatabase::open(const std::string& path,
                                                                 const DocumentOptions& options) {
  auto parts = openParts(path, options);
  if (!parts) return std::move(parts).error();
  std::unique_ptr<DocumentDatabase> database(
      new DocumentDatabase(std::move(parts).value(), options));
  FSDB_TRY(database->fillSearch());
  return database;
}

DocumentDatabase::DocumentDatabase(Parts parts, const DatabaseOptions& options)
    : Database(std::move(parts)),
      jobOptions_(jobOptionsOf(options)),
      documents_(std::make_unique<DocumentReader>(*connection_)) {}

DocumentDatabase::~DocumentDatabase() {
  rows_.reset();
  documents_.reset();
}

Result<void> DocumentDatabase::fillSearch() {
  if (!core_ || connection_->readonly()) return {};
  auto unfilled = isSearchUnfilled(*connection_);
  if (!unfilled) return std::move(unfilled).error();
  if (*unfilled) core_->fillSearch();
  return {};
}

void DocumentDatabase::writeDocument(DocumentWrite write, DocumentWrites::Done done) {
  if (connection_->readonly()) {
    Error error;
    error.code = ErrorCode::kReadonly;
    error.message = "write " + write.type + " \"" + write.id + "\": the database is read-only";
    return done(std::move(error));
  }
  if (core_) return core_->writeDocument(std::move(write), jobOptions_, std::move(done));
  done(writeInMemory(write));
}

// A savepoint is a transaction of its own, or a part of the one that the caller has open.
Result<WriteOutcome> DocumentDatabase::writeInMemory(const DocumentWrite& write) {
  if (!rows_) {
    auto created = CollectionWriter::create(*connection_);
    if (!created) return std::move(created).error();
    rows_ = std::move(created).value();
  }
  FSDB_TRY(connection_->exec("SAVEPOINT _fsdb_write"));
  auto outcome = rows_->write(write, SystemClock().wallNow());
  // SQLite rolls everything back by itself after some errors; the savepoint is gone then.
  if (!connection_->inTransaction()) return outcome;
  if (!outcome) (void)connection_->exec("ROLLBACK TO _fsdb_write");
  FSDB_TRY(connection_->exec("RELEASE _fsdb_write"));
  return outcome;
}

void DocumentDatabase::close() {
  rows_.reset();
  documents_.reset();
  Database::close();
}

}  // namespace fsdb
