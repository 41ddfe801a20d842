#include "sqlite/backup.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/unique_fd.h"

namespace fsdb {
namespace {

namespace fs = std::filesystem;

// No two backups of this process share a name, and no two processes a number.
std::string temporaryName(const std::string& destination) {
  static std::atomic<int> count{0};
  const fs::path path(destination);
  const std::string name = "." + path.filename().string() + "." + std::to_string(getpid()) + "-" +
                           std::to_string(++count) + ".tmp";
  return (path.parent_path() / name).string();
}

Error conflict(const std::string& message, const std::string& path) {
  Error error;
  error.code = ErrorCode::kConflict;
  error.message = "backup: " + message;
  error.path = path;
  return error;
}

// A log that belongs to the file that is replaced would be taken for the new one's.
Result<void> checkDestination(const std::string& destination, std::string_view source) {
  std::error_code failed;
  if (!source.empty() && fs::equivalent(destination, source, failed)) {
    return conflict("the destination is the database itself", destination);
  }
  for (const char* suffix : {"-wal", "-journal"}) {
    if (fs::exists(destination + suffix, failed)) {
      return conflict(
          "the destination is in use, or was not closed: there is " + destination + suffix,
          destination);
    }
  }
  if (fs::is_directory(destination, failed)) {
    return systemError("backup", destination, EISDIR);
  }
  return {};
}

Result<void> syncPath(const std::string& path, int flags) {
  const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return systemError("backup", path, errno);
  return {};
}

}  // namespace

void Backup::EndBackup::operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }

Backup::Backup(std::unique_ptr<Connection> source, std::string destination)
    : destination_(std::move(destination)),
      temporary_(temporaryName(destination_)),
      source_(std::move(source)) {}

Backup::~Backup() {
  backup_.reset();
  target_.reset();
  if (created_) unlink(temporary_.c_str());
}

Result<std::unique_ptr<Backup>> Backup::start(std::unique_ptr<Connection> source,
                                              const std::string& destination) {
  FSDB_TRY(checkDestination(destination, source->path()));
  std::unique_ptr<Backup> backup(new Backup(std::move(source), destination));
  FSDB_TRY(backup->open());
  return backup;
}

Result<void> Backup::open() {
  // A transaction that has read holds the source at this moment; without it, every commit of others
  // would make the copy begin anew.
  FSDB_TRY(source_->exec("BEGIN; SELECT count(*) FROM sqlite_schema;"));
  {
    // For its owner only, as databases are; unless the file that it replaces is for others, too.
    const UniqueFd fd(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
    if (!fd) return systemError("backup", destination_, errno);
    created_ = true;
    struct stat old {};
    if (stat(destination_.c_str(), &old) == 0) fchmod(fd.get(), old.st_mode & 0777);
  }
  auto target = Connection::open(temporary_);
  if (!target) return std::move(target).error();
  target_ = std::move(target).value();
  // The copy is synced as a whole, and thrown away if it fails.
  FSDB_TRY(target_->exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"));
  backup_.reset(sqlite3_backup_init(target_->handle(), "main", source_->handle(), "main"));
  if (!backup_) return target_->lastError("backup");
  return step(0);
}

Error Backup::failed(int code) const {
  Error error = target_->lastError("backup");
  if (error.sqliteCode == SQLITE_OK) {
    error.sqliteCode = code;
    error.code = errorCodeOfSqlite(code);
    error.message = std::string("backup: ") + sqlite3_errstr(code);
  }
  error.path = destination_;
  return error;
}

Result<void> Backup::step(int pages) {
  const int code = sqlite3_backup_step(backup_.get(), pages);
  if (code != SQLITE_OK && code != SQLITE_DONE) return failed(code);
  progress_.totalPages = sqlite3_backup_pagecount(backup_.get());
  progress_.remainingPages = sqlite3_backup_remaining(backup_.get());
  return {};
}

Result<int64_t> Backup::finish() {
  const int code = sqlite3_backup_finish(backup_.release());
  if (code != SQLITE_OK) return failed(code);
  target_.reset();
  source_.reset();
  FSDB_TRY(syncPath(temporary_, O_RDONLY));
  std::error_code failed;
  const auto size = static_cast<int64_t>(fs::file_size(temporary_, failed));
  if (failed) return systemError("backup", temporary_, failed.value());
  if (rename(temporary_.c_str(), destination_.c_str()) != 0) {
    return systemError("backup", destination_, errno);
  }
  created_ = false;
  const auto folder = fs::path(destination_).parent_path();
  FSDB_TRY(syncPath(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY));
  return size;
}

}  // namespace fsdb
