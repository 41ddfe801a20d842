// The table `documents`: one row per document, whether it came from a file or from the application.
// The table is part of the public API: any SQLite tool may read it.
//
// Threads: as the connection that it was created on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"
#include "sqlite/statement.h"

namespace fsdb {

// What a file says its document is. Text is referenced, not owned: it must outlive the call.
struct DocumentFields {
  std::string_view type;
  std::string_view id;
  std::string_view name;
  std::string_view document;      // JSON
  std::string_view filePath;      // empty: written by the application (NULL in the table)
  std::string_view fileModified;  // ISO 8601; empty: NULL
};

// The document that holds an id.
struct DocumentOwner {
  std::string filePath;  // empty: written by the application
  std::string fileModified;
  int64_t version = 0;
};

class DocumentTable {
 public:
  static const char* const kSchema;  // CREATE TABLE and its indexes

  // `connection` must outlive the table.
  // For a first load: names come in no order, so that making their index at the end is cheaper than
  // keeping it. Only where there are no documents yet. createNameIndex() makes it if it is missing.
  static Result<void> dropNameIndexIfEmpty(Connection& connection);
  static Result<void> createNameIndex(Connection& connection);

  static Result<DocumentTable> create(Connection& connection);

  // Inserts a new row with version 1. False, and nothing happens, if (type, id) is taken.
  Result<bool> insert(const DocumentFields& fields, std::string_view now);

  // Inserts them all, in their order, in a fraction of the time that one by one takes. They are of
  // one type. False, and nothing happens, if an id is taken, be it by one of them.
  Result<bool> insertAll(std::span<const DocumentFields> documents, std::string_view now);

  Result<std::optional<DocumentOwner>> find(std::string_view type, std::string_view id);

  // Brings an existing row up to date. If the document or the name differs, version counts up and
  // updated_at becomes `now`; created_at and seq stay. Returns the new version, or nullopt if
  // neither differed (file_path and file_modified are stored all the same).
  Result<std::optional<int64_t>> update(const DocumentFields& fields, std::string_view now);

  // Notes that the row's file, whose content is what it was, is `filePath` and was modified at
  // `fileModified`.
  Result<void> touch(std::string_view type, std::string_view id, std::string_view filePath,
                     std::string_view fileModified);

  // Gives the row (type, oldId) the id, name, document and file of `fields`; created_at and seq
  // stay, version as in update(). Returns the version; nullopt if there is no such row or the new
  // id is taken.
  Result<std::optional<int64_t>> rename(std::string_view oldId, const DocumentFields& fields,
                                        std::string_view now);

  // Deletes the row with this seq.
  Result<void> drop(int64_t seq);

  // Deletes the row if it still belongs to the file `filePath`. Returns its last version; nullopt
  // if there was none.
  Result<std::optional<int64_t>> remove(std::string_view type, std::string_view id,
                                        std::string_view filePath);

 private:
  DocumentTable() = default;

  Connection* connection_ = nullptr;
  Statement insert_;
  Statement insertAll_;
  Statement find_;
  Statement update_;
  Statement touch_;
  Statement rename_;
  Statement remove_;
  Statement drop_;
};

}  // namespace fsdb
