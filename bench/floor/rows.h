// Files as rows: the same tables and indexes as the product's, and nothing that it checks.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "folder.h"

namespace fsdb {

struct Row {
  FileEntry file;
  std::string id;
  std::string name;
  std::string document;
  uint64_t hash[2] = {0, 0};
};

// Turns the bytes of files into rows; one per thread.
class RowParser {
 public:
  RowParser();
  ~RowParser();
  Row parse(FileEntry file, const std::string& bytes);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

class RowWriter {
 public:
  explicit RowWriter(const std::string& path);
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // In one transaction. Of the changes, the newest `limit` are in the feed.
  void write(const std::vector<Row>& rows, size_t fedRows);

 private:
  void exec(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void run(sqlite3_stmt* statement);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* document_ = nullptr;
  sqlite3_stmt* file_ = nullptr;
  sqlite3_stmt* change_ = nullptr;
  std::string now_ = "2026-01-15T12:00:00.000Z";
};

}  // namespace fsdb
