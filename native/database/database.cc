#include "database/database.h"

#include <utility>

namespace fsdb {
namespace {

ConnectionOptions connectionOptions(const DatabaseOptions& options) {
  ConnectionOptions connection;
  connection.readonly = options.readonly;
  connection.fileMustExist = options.fileMustExist;
  connection.busyTimeout = options.busyTimeout;
  return connection;
}

}  // namespace

bool isInMemory(const std::string& path) { return path.empty() || path == ":memory:"; }

Result<Database::Parts> Database::openParts(const std::string& path,
                                            const DatabaseOptions& options) {
  Parts parts;
  if (isInMemory(path)) {
    auto connection = Connection::open(path, connectionOptions(options));
    if (!connection) return std::move(connection).error();
    parts.connection = std::move(connection).value();
    return parts;
  }
  auto core = Core::acquire(path, options.readonly, !options.fileMustExist);
  if (!core) return std::move(core).error();
  parts.core = std::move(core).value();
  auto connection = parts.core->connect(connectionOptions(options));
  if (!connection) return std::move(connection).error();
  parts.connection = std::move(connection).value();
  if (options.durability == Durability::kNormal) {
    FSDB_TRY(parts.connection->exec("PRAGMA synchronous=NORMAL"));
  }
  parts.writes = std::make_unique<Writes>(
      parts.core, WriteOptions{options.readonly, options.busyTimeout, options.durability});
  return parts;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 const DatabaseOptions& options) {
  auto parts = openParts(path, options);
  if (!parts) return std::move(parts).error();
  return std::unique_ptr<Database>(new Database(std::move(parts).value()));
}

Database::Database(Parts parts)
    : core_(std::move(parts.core)),
      connection_(std::move(parts.connection)),
      writes_(std::move(parts.writes)) {}

Database::~Database() {
  connection_.reset();
  Database::release();
}

void Database::close() { connection_.reset(); }

void Database::release() {
  if (writes_) writes_->waitUntilDone(kCloseTimeout);
  writes_.reset();
  core_.reset();
}

Result<Writes::Results> Database::writeHere(const std::vector<WriteStatement>& statements) {
  if (!authorizer_) authorizer_ = std::make_unique<Authorizer>(*connection_);
  return fsdb::writeHere(*connection_, *authorizer_, statements);
}

}  // namespace fsdb
