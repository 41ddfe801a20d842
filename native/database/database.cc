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
  return parts;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 const DatabaseOptions& options) {
  auto parts = openParts(path, options);
  if (!parts) return std::move(parts).error();
  return std::unique_ptr<Database>(new Database(std::move(parts).value()));
}

Database::Database(Parts parts)
    : core_(std::move(parts.core)), connection_(std::move(parts.connection)) {}

Database::~Database() {
  connection_.reset();
  core_.reset();
}

void Database::close() { connection_.reset(); }

void Database::release() { core_.reset(); }

}  // namespace fsdb
