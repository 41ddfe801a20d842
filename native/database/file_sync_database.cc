#include "database/file_sync_database.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace fsdb {
namespace {

Error closedError(const char* operation) {
  Error error;
  error.code = ErrorCode::kClosed;
  error.message = std::string(operation) + ": the database was closed";
  return error;
}

Result<std::string> createTemporaryDirectory() {
  std::error_code ignored;
  std::string pattern = std::filesystem::temp_directory_path(ignored) / "filesyncdb-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return systemError("create", pattern, errno);
  return pattern;
}

}  // namespace

Result<std::unique_ptr<FileSyncDatabase>> FileSyncDatabase::open(const std::string& path,
                                                                 const DocumentOptions& options,
                                                                 const SyncConfig& config,
                                                                 SyncListener listener) {
  if (options.readonly) {
    Error error;
    error.code = ErrorCode::kReadonly;
    error.message = "open " + path + ": a database that follows folders must be writable";
    return error;
  }
  std::string temporary;
  std::string file = path;
  if (isInMemory(path)) {
    auto directory = createTemporaryDirectory();
    if (!directory) return std::move(directory).error();
    temporary = std::move(directory).value();
    file = temporary + "/documents.sqlite";
  }
  auto parts = openParts(file, options);
  if (!parts) return std::move(parts).error();
  std::unique_ptr<FileSyncDatabase> database(
      new FileSyncDatabase(std::move(parts).value(), options, std::move(temporary)));
  auto subscription = database->core_->subscribe(config, std::move(listener));
  if (!subscription) return std::move(subscription).error();
  database->subscription_ = *subscription;
  FSDB_TRY(database->fillSearch());
  return database;
}

FileSyncDatabase::FileSyncDatabase(Parts parts, const DatabaseOptions& options,
                                   std::string temporary)
    : DocumentDatabase(std::move(parts), options), temporary_(std::move(temporary)) {}

FileSyncDatabase::~FileSyncDatabase() {
  close();
  FileSyncDatabase::release();
}

void FileSyncDatabase::release() {
  if (core_ && subscription_ != 0) core_->unsubscribe(subscription_);
  subscription_ = 0;
  DocumentDatabase::release();
  if (temporary_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(temporary_, ignored);
  temporary_.clear();
}

void FileSyncDatabase::ready(Done<SharedReport> done) {
  if (const auto sync = engine()) return sync->ready(std::move(done));
  done(closedError("ready"));
}

void FileSyncDatabase::sync(const std::optional<std::string>& type, bool full,
                            Done<SharedReport> done) {
  if (const auto sync = engine()) return sync->sync(type, full, std::move(done));
  done(closedError("sync"));
}

void FileSyncDatabase::save(const std::string& type, const std::string& id, const std::string& json,
                            Done<StoredDocument> done) {
  if (const auto sync = engine()) return sync->save(type, id, json, std::move(done));
  done(closedError("save"));
}

void FileSyncDatabase::remove(const std::string& type, const std::string& id, Done<bool> done) {
  if (const auto sync = engine()) return sync->remove(type, id, std::move(done));
  done(closedError("remove"));
}

SyncStatus FileSyncDatabase::status() {
  if (const auto sync = engine()) return sync->status();
  SyncStatus status;
  status.state = SyncState::kClosed;
  return status;
}

std::shared_ptr<SyncEngine> FileSyncDatabase::engine() {
  return isOpen() && core_ ? core_->engine() : nullptr;
}

}  // namespace fsdb
