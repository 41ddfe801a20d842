#include "database/document_database.h"

#include <utility>

#include "database/schema.h"

namespace fsdb {

Result<Database::Parts> DocumentDatabase::openParts(const std::string& path,
                                                    const DatabaseOptions& options) {
  auto parts = Database::openParts(path, options);
  if (!parts) return parts;
  Connection& connection = *parts->connection;
  if (!options.readonly) {
    FSDB_TRY(migrate(connection, documentMigrations(), kProgramVersion));
    return parts;
  }
  auto tables = connection.queryInteger(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'documents'");
  if (!tables) return std::move(tables).error();
  if (*tables > 0) return parts;
  Error error;
  error.code = ErrorCode::kSchema;
  error.message = "open " + path + ": it holds no documents; open it once without `readonly`";
  error.path = path;
  return error;
}

Result<std::unique_ptr<DocumentDatabase>> DocumentDatabase::open(const std::string& path,
                                                                 const DatabaseOptions& options) {
  auto parts = openParts(path, options);
  if (!parts) return std::move(parts).error();
  return std::unique_ptr<DocumentDatabase>(new DocumentDatabase(std::move(parts).value()));
}

DocumentDatabase::DocumentDatabase(Parts parts)
    : Database(std::move(parts)), documents_(std::make_unique<DocumentReader>(*connection_)) {}

DocumentDatabase::~DocumentDatabase() { documents_.reset(); }

void DocumentDatabase::close() {
  documents_.reset();
  Database::close();
}

}  // namespace fsdb
