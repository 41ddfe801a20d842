#include "sync/file_table.h"

#include <array>
#include <utility>

namespace fsdb {
namespace {

constexpr std::array<std::string_view, 3> kStateNames{"ok", "error", "duplicate"};

FileState stateOf(std::string_view name) {
  for (size_t i = 0; i < kStateNames.size(); i++) {
    if (kStateNames[i] == name) return static_cast<FileState>(i);
  }
  return FileState::kError;
}

Result<void> bindOptional(Statement& statement, int index, std::optional<std::string_view> text) {
  return text ? statement.bindStatic(index, *text) : statement.bind(index, nullptr);
}

Result<void> bindOptional(Statement& statement, int index, int64_t value) {
  return value != 0 ? statement.bind(index, value) : statement.bind(index, nullptr);
}

Result<void> bindFile(Statement& put, const FileRow& row) {
  FSDB_TRY(put.bindStatic(1, row.type));
  FSDB_TRY(put.bindStatic(2, row.path));
  FSDB_TRY(bindOptional(put, 3, row.id));
  FSDB_TRY(put.bind(4, row.stat.size));
  FSDB_TRY(put.bind(5, row.stat.mtimeNs));
  FSDB_TRY(put.bind(6, row.stat.ctimeNs));
  FSDB_TRY(put.bind(7, static_cast<int64_t>(row.stat.inode)));
  if (row.hash) {
    FSDB_TRY(put.bindBlob(8, row.hash->toBytes()));
  } else {
    FSDB_TRY(put.bind(8, nullptr));
  }
  return put.bindStatic(9, kStateNames[static_cast<size_t>(row.state)]);
}

Result<void> bindError(Statement& put, const FileError* error) {
  if (error == nullptr) {
    for (int i = 10; i <= 16; i++) FSDB_TRY(put.bind(i, nullptr));
    return {};
  }
  FSDB_TRY(put.bindStatic(10, errorCodeName(error->error.code)));
  FSDB_TRY(put.bindStatic(11, error->error.message));
  FSDB_TRY(bindOptional(put, 12, error->error.line));
  FSDB_TRY(bindOptional(put, 13, error->error.column));
  FSDB_TRY(put.bind(14, error->attempts));
  FSDB_TRY(bindOptional(
      put, 15,
      error->nextRetryAt ? std::optional<std::string_view>(*error->nextRetryAt) : std::nullopt));
  FSDB_TRY(put.bindStatic(16, error->since));
  return {};
}

StoredFile storedFileOf(const Statement& row) {
  StoredFile file;
  file.path = row.text(0);
  if (!row.isNull(1)) file.id = std::string(row.text(1));
  file.stat = {row.integer(2), row.integer(3), row.integer(4),
               static_cast<uint64_t>(row.integer(5))};
  if (!row.isNull(6)) file.hash = ContentHash::fromBytes(row.blob(6));
  file.state = stateOf(row.text(7));
  file.retry = !row.isNull(8);
  if (!row.isNull(9)) file.failure = Failure{row.integer(9), std::string(row.text(10))};
  return file;
}

FileError fileErrorOf(const Statement& row) {
  FileError error;
  error.type = row.text(0);
  error.filePath = row.text(1);
  error.error.code = errorCodeOf(row.text(2)).value_or(ErrorCode::kInternal);
  error.error.message = row.text(3);
  error.error.path = error.filePath;
  error.error.line = static_cast<int>(row.integer(4));
  error.error.column = static_cast<int>(row.integer(5));
  error.attempts = row.integer(6);
  if (!row.isNull(7)) error.nextRetryAt = std::string(row.text(7));
  error.since = row.text(8);
  return error;
}

constexpr const char* kColumns =
    "path, id, size, mtime_ns, ctime_ns, inode, hash, state, next_retry, attempts, since";

constexpr const char* kOverwrite =
    "id = excluded.id, size = excluded.size, mtime_ns = excluded.mtime_ns, "
    "ctime_ns = excluded.ctime_ns, inode = excluded.inode, hash = excluded.hash, "
    "state = excluded.state, code = excluded.code, error = excluded.error, line = excluded.line, "
    "\"column\" = excluded.\"column\", attempts = excluded.attempts, "
    "next_retry = excluded.next_retry, since = excluded.since";

class FileRows final : public RowSource {
 public:
  explicit FileRows(std::span<const FileRow> rows) : rows_(rows) {
    for (const auto& row : rows) hashes_.push_back(row.hash ? row.hash->toBytes() : std::string());
  }
  size_t size() const override { return rows_.size(); }
  ValueView value(size_t row, int column) const override {
    const FileRow& file = rows_[row];
    switch (column) {
      case 0:
        return file.path;
      case 1:
        return file.id ? ValueView(*file.id) : ValueView();
      case 2:
        return file.stat.size;
      case 3:
        return file.stat.mtimeNs;
      case 4:
        return file.stat.ctimeNs;
      case 5:
        return static_cast<int64_t>(file.stat.inode);
      case 6:
        return file.hash ? ValueView(BlobView{hashes_[row]}) : ValueView();
      default:
        return {};
    }
  }

 private:
  std::span<const FileRow> rows_;
  std::vector<std::string> hashes_;
};

}  // namespace

const char* const FileTable::kSchema = R"(
CREATE TABLE files(
  type TEXT NOT NULL,
  path TEXT NOT NULL,
  id TEXT,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  hash BLOB,
  state TEXT NOT NULL,
  code TEXT,
  error TEXT,
  line INTEGER,
  "column" INTEGER,
  attempts INTEGER,
  next_retry TEXT,
  since TEXT,
  PRIMARY KEY(type, path)
) WITHOUT ROWID;
CREATE INDEX files_not_ok ON files(type, id) WHERE state <> 'ok';
CREATE TABLE _fsdb_sync(
  only INTEGER PRIMARY KEY CHECK(only = 1),
  generation INTEGER NOT NULL,
  synced_at TEXT
);
INSERT INTO _fsdb_sync VALUES(1, 0, NULL);
CREATE TABLE _fsdb_sources(type TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID;
)";

Result<FileTable> FileTable::create(Connection& connection) {
  FileTable table;
  const auto prepare = [&](Statement& target, const std::string& sql) -> Result<void> {
    auto statement = connection.prepare(sql);
    if (!statement) return std::move(statement).error();
    target = std::move(statement).value();
    return {};
  };
  const std::string select = std::string("SELECT ") + kColumns + " FROM files WHERE type = ?1";
  FSDB_TRY(
      prepare(table.put_,
              "INSERT INTO files(type, path, id, size, mtime_ns, ctime_ns, inode, hash, state, "
              "code, error, line, \"column\", attempts, next_retry, since) "
              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
              "ON CONFLICT(type, path) DO UPDATE SET " +
                  std::string(kOverwrite)));
  FSDB_TRY(
      prepare(table.putAll_,
              "INSERT INTO files(type, path, id, size, mtime_ns, ctime_ns, inode, hash, state) "
              "SELECT ?1, c0, c1, c2, c3, c4, c5, c6, 'ok' FROM _fsdb_rows(?2) WHERE true "
              "ON CONFLICT(type, path) DO UPDATE SET " +
                  std::string(kOverwrite)));
  FSDB_TRY(prepare(table.remove_, "DELETE FROM files WHERE type = ?1 AND path = ?2"));
  FSDB_TRY(prepare(table.loadAll_, select + " ORDER BY path"));
  // '0' follows '/': everything from "path/" up to it lies below. As one condition with OR it would
  // look through all files of the type; the file itself sorts before what is below a directory of
  // its name.
  FSDB_TRY(
      prepare(table.loadBelow_, select + " AND path = ?2 UNION ALL " + select +
                                    " AND path > ?2 || '/' AND path < ?2 || '0' ORDER BY path"));
  // Without being told, SQLite would rather read the whole table in order than sort a few rows.
  FSDB_TRY(prepare(table.duplicates_,
                   "SELECT path FROM files INDEXED BY files_not_ok "
                   "WHERE type = ?1 AND id = ?2 AND state <> 'ok' "
                   "AND state = 'duplicate' ORDER BY path"));
  FSDB_TRY(prepare(table.errors_,
                   "SELECT type, path, code, error, line, \"column\", attempts, next_retry, since "
                   "FROM files INDEXED BY files_not_ok WHERE state <> 'ok' ORDER BY type, path"));
  FSDB_TRY(prepare(table.fingerprint_, "SELECT fingerprint FROM _fsdb_sources WHERE type = ?1"));
  FSDB_TRY(prepare(table.setFingerprint_,
                   "INSERT INTO _fsdb_sources VALUES(?1, ?2) "
                   "ON CONFLICT(type) DO UPDATE SET fingerprint = excluded.fingerprint"));
  FSDB_TRY(prepare(table.generation_, "SELECT generation FROM _fsdb_sync"));
  FSDB_TRY(prepare(table.setGeneration_, "UPDATE _fsdb_sync SET generation = ?1, synced_at = ?2"));
  return table;
}

Result<void> FileTable::put(const FileRow& row) {
  FSDB_TRY(bindFile(put_, row));
  FSDB_TRY(bindError(put_, row.error));
  return put_.run();
}

Result<void> FileTable::putAll(std::span<const FileRow> rows) {
  if (rows.empty()) return {};
  const FileRows source(rows);
  FSDB_TRY(putAll_.bindStatic(1, rows.front().type));
  FSDB_TRY(putAll_.bindRows(2, source));
  return putAll_.run();
}

Result<void> FileTable::remove(std::string_view type, std::string_view path) {
  FSDB_TRY(remove_.bindStatic(1, type));
  FSDB_TRY(remove_.bindStatic(2, path));
  return remove_.run();
}

Result<std::vector<StoredFile>> FileTable::load(std::string_view type, std::string_view path) {
  auto loading = beginLoad(type, path);
  if (!loading) return std::move(loading).error();
  return loading->finish();
}

Result<FileTable::Loading> FileTable::beginLoad(std::string_view type, std::string_view path) {
  Statement& select = path.empty() ? loadAll_ : loadBelow_;
  FSDB_TRY(select.bind(1, type));
  if (!path.empty()) FSDB_TRY(select.bind(2, path));
  // The first row begins the read transaction.
  auto row = select.step();
  if (!row) return std::move(row).error();
  return Loading(select, *row);
}

Result<std::vector<StoredFile>> FileTable::Loading::finish() {
  std::vector<StoredFile> files;
  while (hasRow_) {
    files.push_back(storedFileOf(*select_));
    auto row = select_->step();
    if (!row) return std::move(row).error();
    hasRow_ = *row;
  }
  return files;
}

Result<std::vector<std::string>> FileTable::findDuplicates(std::string_view type,
                                                           std::string_view id) {
  FSDB_TRY(duplicates_.bind(1, type));
  FSDB_TRY(duplicates_.bind(2, id));
  std::vector<std::string> paths;
  while (true) {
    auto row = duplicates_.step();
    if (!row) return std::move(row).error();
    if (!*row) return paths;
    paths.emplace_back(duplicates_.text(0));
  }
}

Result<std::vector<FileError>> FileTable::loadErrors() {
  std::vector<FileError> errors;
  while (true) {
    auto row = errors_.step();
    if (!row) return std::move(row).error();
    if (!*row) return errors;
    errors.push_back(fileErrorOf(errors_));
  }
}

Result<std::string> FileTable::fingerprint(std::string_view type) {
  FSDB_TRY(fingerprint_.bind(1, type));
  auto row = fingerprint_.step();
  if (!row) return std::move(row).error();
  std::string fingerprint(*row ? fingerprint_.text(0) : std::string_view());
  fingerprint_.reset();
  return fingerprint;
}

Result<void> FileTable::setFingerprint(std::string_view type, std::string_view fingerprint) {
  FSDB_TRY(setFingerprint_.bind(1, type));
  FSDB_TRY(setFingerprint_.bind(2, fingerprint));
  return setFingerprint_.run();
}

Result<int64_t> FileTable::generation() {
  auto row = generation_.step();
  if (!row) return std::move(row).error();
  const int64_t generation = *row ? generation_.integer(0) : 0;
  generation_.reset();
  return generation;
}

Result<void> FileTable::setGeneration(int64_t generation, std::string_view now) {
  FSDB_TRY(setGeneration_.bind(1, generation));
  FSDB_TRY(setGeneration_.bindStatic(2, now));
  return setGeneration_.run();
}

}  // namespace fsdb
