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
  auto connection = parts.core->connect(connectionOptions(options), &parts.tracker);
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

Result<std::unique_ptr<Database>> Database::openBytes(std::string_view bytes,
                                                      const DatabaseOptions& options) {
  auto copy = copySerialized(bytes);
  if (!copy) return std::move(copy).error();
  auto connection = openSerialized(std::move(copy).value(), connectionOptions(options));
  if (!connection) return std::move(connection).error();
  Parts parts;
  parts.connection = std::move(connection).value();
  return std::unique_ptr<Database>(new Database(std::move(parts)));
}

Result<Database::BackupSource> Database::backupSource(const std::string& name) {
  BackupSource source;
  source.core = core_;
  source.path = connection_->path(name);
  if (!source.path.empty()) return source;
  auto bytes = serialize(*connection_, name);
  if (!bytes) return std::move(bytes).error();
  source.bytes.emplace(std::move(bytes).value());
  return source;
}

Result<std::unique_ptr<Backup>> Database::startBackup(BackupSource& source,
                                                      const std::string& destination) {
  ConnectionOptions reading;
  reading.readonly = true;
  reading.fileMustExist = true;
  auto connection = source.bytes ? openSerialized(std::move(*source.bytes), reading)
                                 : Connection::open(source.path, reading);
  if (!connection) return std::move(connection).error();
  return Backup::start(std::move(connection).value(), destination);
}

Database::Database(Parts parts)
    : core_(std::move(parts.core)),
      connection_(std::move(parts.connection)),
      writes_(std::move(parts.writes)),
      tracker_(std::move(parts.tracker)) {}

Database::~Database() {
  Database::close();
  Database::release();
}

Result<void> Database::watchChanges(ChangeHub::Listener listener) {
  auto number = core_->watch(std::move(listener));
  if (!number) return std::move(number).error();
  watching_ = *number;
  tracker_->begin();
  return {};
}

void Database::unwatchChanges() {
  if (const int64_t number = std::exchange(watching_, 0); number != 0) core_->unwatch(number);
}

void Database::close() {
  unwatchChanges();
  cancelQueries();
  connection_.reset();
}

Authorizer& Database::authorizer() {
  if (!authorizer_) authorizer_ = std::make_unique<Authorizer>(*connection_);
  return *authorizer_;
}

std::shared_ptr<QueryRun> Database::query(QueryRequest request) {
  std::erase_if(queries_, [](const auto& query) { return query.expired(); });
  auto run = std::make_shared<QueryRun>(std::move(request));
  queries_.push_back(run);
  if (core_) core_->queries()->submit(run);
  return run;
}

QueryRun::Next Database::queryHere(QueryRun& run, SteadyTime deadline) {
  const auto next = run.work(*connection_, authorizer(), SystemClock(), deadline);
  if (next == QueryRun::Next::kDone) run.drop();
  return next;
}

void Database::cancelQueries() {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = "query: the database was closed";
  for (const auto& query : std::exchange(queries_, {})) {
    const auto run = query.lock();
    if (!run) continue;
    run->cancel(error);
    // Nobody else runs it.
    if (isQueriedHere()) run->drop();
  }
}

void Database::release() {
  if (writes_) writes_->waitUntilDone(kCloseTimeout);
  writes_.reset();
  core_.reset();
}

Result<Writes::Results> Database::writeHere(const std::vector<WriteStatement>& statements) {
  return fsdb::writeHere(*connection_, authorizer(), statements);
}

}  // namespace fsdb
