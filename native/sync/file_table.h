// The table `files`: what the sync remembers of every file, so that an unchanged one costs one
// stat.
//
// Threads: as the connection that it was created on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "files/content_hash.h"
#include "files/file_stat.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"
#include "sync/sync_plan.h"
#include "sync/sync_report.h"

namespace fsdb {

// One row as it is written. Views must outlive the call.
struct FileRow {
  std::string_view type;
  std::string_view path;
  std::optional<std::string_view> id;
  FileStat stat;
  std::optional<ContentHash> hash;
  FileState state = FileState::kOk;
  const FileError* error = nullptr;  // not null unless state is kOk
};

class FileTable {
 public:
  static const char* const kSchema;

  static Result<FileTable> create(Connection& connection);

  Result<void> put(const FileRow& row);
  // The same for many files of one type that have no error.
  Result<void> putAll(std::span<const FileRow> rows);
  Result<void> remove(std::string_view type, std::string_view path);

  // The files of a type at `path` and below it ("": all of them), by path.
  Result<std::vector<StoredFile>> load(std::string_view type, std::string_view path);

  // The same in two steps: what is loaded is what was stored when it began, whatever happens until
  // the end. Between them the connection is used for nothing else.
  class Loading {
   public:
    Result<std::vector<StoredFile>> finish();

   private:
    friend class FileTable;
    explicit Loading(Statement& select, bool hasRow) : select_(&select), hasRow_(hasRow) {}
    Statement* select_;
    bool hasRow_;
  };
  Result<Loading> beginLoad(std::string_view type, std::string_view path);

  // The paths of the files that claim `id` but lost it to another.
  Result<std::vector<std::string>> findDuplicates(std::string_view type, std::string_view id);

  // All rows whose state is not kOk, by type and path.
  Result<std::vector<FileError>> loadErrors();

  // What the documents of a type depend on beside their files, as they were last stored; empty: not
  // known. See fingerprintOf().
  Result<std::string> fingerprint(std::string_view type);
  Result<void> setFingerprint(std::string_view type, std::string_view fingerprint);

  // Counts syncs that committed something, over the life of the file.
  Result<int64_t> generation();
  Result<void> setGeneration(int64_t generation, std::string_view now);

 private:
  FileTable() = default;

  Statement put_;
  Statement putAll_;
  Statement remove_;
  Statement loadAll_;
  Statement loadBelow_;
  Statement duplicates_;
  Statement errors_;
  Statement fingerprint_;
  Statement setFingerprint_;
  Statement generation_;
  Statement setGeneration_;
};

}  // namespace fsdb
