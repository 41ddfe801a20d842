#include "rows.h"

#include <simdjson.h>
#include <xxhash.h>

#include <cstring>
#include <ctime>
#include <utility>

#include "side.h"

namespace fsdb {
namespace {

constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS documents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
  version INTEGER NOT NULL, file_path TEXT, file_modified TEXT, created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (type, id));
CREATE INDEX IF NOT EXISTS documents_type_name ON documents (type, name);
CREATE INDEX IF NOT EXISTS documents_file_path ON documents (file_path)
  WHERE file_path IS NOT NULL;
CREATE TABLE IF NOT EXISTS changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
  version INTEGER NOT NULL, origin TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
  type TEXT NOT NULL, path TEXT NOT NULL, id TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, hash BLOB, state TEXT NOT NULL,
  PRIMARY KEY (type, path)) WITHOUT ROWID;)";

constexpr char kDocument[] =
    "INSERT INTO documents (type, id, name, version, file_path, file_modified, created_at, "
    "updated_at, document) VALUES ('item', ?1, ?2, 1, ?3, ?4, ?5, ?5, ?6) "
    "ON CONFLICT (type, id) DO UPDATE SET name = ?2, version = version + 1, file_modified = ?4, "
    "updated_at = ?5, document = ?6";
constexpr char kFile[] =
    "INSERT INTO files VALUES ('item', ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'ok') "
    "ON CONFLICT (type, path) DO UPDATE SET size = ?3, mtime_ns = ?4, ctime_ns = ?5, inode = ?6, "
    "hash = ?7";
constexpr char kChange[] =
    "INSERT INTO changes (op, type, id, version, origin, at) "
    "VALUES ('insert', 'item', ?1, 1, 'file', ?2)";

std::string isoOf(int64_t ns) {
  const time_t seconds = ns / 1'000'000'000;
  tm time{};
  gmtime_r(&seconds, &time);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &time);
  std::snprintf(text + length, sizeof text - length, ".%03dZ",
                static_cast<int>(ns / 1'000'000 % 1000));
  return text;
}

// Without YAML: the front matter stays a text.
void parseFrontMatter(Row& row, std::string_view text) {
  const size_t close = text.find("\n---\n", 4);
  if (close == std::string_view::npos) fail(row.file.path + ": no front matter");
  const std::string_view matter = text.substr(4, close - 4);
  const size_t at = matter.find("name: ") + 6;
  row.name = matter.substr(at, matter.find('\n', at) - at);
  const auto append = [&row](std::string_view value) {
    row.document += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') row.document += '\\';
      if (c == '\n') {
        row.document += "\\n";
      } else {
        row.document += c;
      }
    }
    row.document += '"';
  };
  row.document += "{\"matter\":";
  append(matter);
  row.document += ",\"content\":";
  append(text.substr(close + 5));
  row.document += '}';
}

void bindText(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

}  // namespace

struct RowParser::Parts {
  simdjson::ondemand::parser parser;
  std::string padded;
};

RowParser::RowParser() : parts_(std::make_unique<Parts>()) {}
RowParser::~RowParser() = default;

Row RowParser::parse(FileEntry file, const std::string& bytes) {
  Row row;
  row.file = std::move(file);
  row.id = row.file.path.substr(0, row.file.path.rfind('.'));
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  row.hash[0] = hash.low64;
  row.hash[1] = hash.high64;
  if (!row.file.path.ends_with(".json")) {
    parseFrontMatter(row, bytes);
    return row;
  }
  std::string& padded = parts_->padded;
  padded.resize(bytes.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded.data(), bytes.data(), bytes.size());
  simdjson::ondemand::document document;
  std::string_view name;
  if (parts_->parser.iterate(padded.data(), bytes.size(), padded.size()).get(document) ||
      document["name"].get(name)) {
    fail(row.file.path + ": not as expected");
  }
  row.name = name;
  row.document.resize(bytes.size());
  size_t length = 0;
  if (simdjson::minify(bytes.data(), bytes.size(), row.document.data(), length)) {
    fail(row.file.path + ": not JSON");
  }
  row.document.resize(length);
  return row;
}

RowWriter::RowWriter(const std::string& path) {
  if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) fail("cannot open " + path);
  exec("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
  exec("PRAGMA cache_size=-16000; PRAGMA busy_timeout=5000;");
  exec(kSchema);
  document_ = prepare(kDocument);
  file_ = prepare(kFile);
  change_ = prepare(kChange);
}

RowWriter::~RowWriter() {
  for (sqlite3_stmt* statement : {document_, file_, change_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void RowWriter::write(const std::vector<Row>& rows, size_t fedRows) {
  exec("BEGIN IMMEDIATE");
  for (size_t i = 0; i < rows.size(); i++) {
    const Row& row = rows[i];
    const std::string modified = isoOf(row.file.mtimeNs);
    bindText(document_, 1, row.id);
    bindText(document_, 2, row.name);
    bindText(document_, 3, row.file.path);
    bindText(document_, 4, modified);
    bindText(document_, 5, now_);
    bindText(document_, 6, row.document);
    run(document_);
    bindText(file_, 1, row.file.path);
    bindText(file_, 2, row.id);
    sqlite3_bind_int64(file_, 3, row.file.size);
    sqlite3_bind_int64(file_, 4, row.file.mtimeNs);
    sqlite3_bind_int64(file_, 5, row.file.ctimeNs);
    sqlite3_bind_int64(file_, 6, static_cast<int64_t>(row.file.inode));
    sqlite3_bind_blob(file_, 7, row.hash, sizeof row.hash, SQLITE_STATIC);
    run(file_);
    if (i + fedRows < rows.size()) continue;
    bindText(change_, 1, row.id);
    bindText(change_, 2, now_);
    run(change_);
  }
  exec("COMMIT");
}

void RowWriter::exec(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(std::string(sql) + ": " + sqlite3_errmsg(database_));
  }
}

sqlite3_stmt* RowWriter::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    fail(std::string(sql) + ": " + sqlite3_errmsg(database_));
  }
  return statement;
}

void RowWriter::run(sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(database_));
  sqlite3_reset(statement);
}

}  // namespace fsdb
