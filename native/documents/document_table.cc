#include "documents/document_table.h"

#include <utility>

namespace fsdb {
namespace {

// An empty text is NULL in the columns that a document of the application leaves empty.
Result<void> bindOptional(Statement& statement, int index, std::string_view text) {
  if (text.empty()) return statement.bind(index, nullptr);
  return statement.bindStatic(index, text);
}

// The parameters that every statement which stores a document begins with.
Result<void> bindFields(Statement& statement, const DocumentFields& fields, std::string_view now) {
  FSDB_TRY(statement.bindStatic(1, fields.type));
  FSDB_TRY(statement.bindStatic(2, fields.id));
  FSDB_TRY(statement.bindStatic(3, fields.name));
  FSDB_TRY(statement.bindStatic(4, fields.document));
  FSDB_TRY(bindOptional(statement, 5, fields.filePath));
  FSDB_TRY(bindOptional(statement, 6, fields.fileModified));
  return statement.bindStatic(7, now);
}

// Runs a statement that returns the version of the row that it has changed, if any.
Result<std::optional<int64_t>> changedVersion(Statement& statement) {
  auto row = statement.step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<int64_t>();
  const int64_t version = statement.integer(0);
  FSDB_TRY(statement.run());
  return std::optional<int64_t>(version);
}

constexpr char kInsert[] =
    "INSERT INTO documents "
    "(type, id, name, document, file_path, file_modified, created_at, updated_at, version) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 1) ON CONFLICT (type, id) DO NOTHING";

constexpr char kInsertAll[] =
    "INSERT INTO documents "
    "(type, id, name, document, file_path, file_modified, created_at, updated_at, version) "
    "SELECT ?1, c0, c1, c2, c3, c4, ?2, ?2, 1 FROM _fsdb_rows(?3)";

constexpr char kFind[] =
    "SELECT file_path, file_modified, version FROM documents WHERE type = ?1 AND id = ?2";

constexpr char kUpdate[] =
    "UPDATE documents SET name = ?3, document = ?4, file_path = ?5, file_modified = ?6, "
    "updated_at = ?7, version = version + 1 "
    "WHERE type = ?1 AND id = ?2 AND (name <> ?3 OR document <> ?4) RETURNING version";

constexpr char kTouch[] =
    "UPDATE documents SET file_path = ?5, file_modified = ?6 "
    "WHERE type = ?1 AND id = ?2 AND (file_path IS NOT ?5 OR file_modified IS NOT ?6)";

// OR IGNORE: another row has the new id.
constexpr char kRename[] =
    "UPDATE OR IGNORE documents SET id = ?2, name = ?3, document = ?4, file_path = ?5, "
    "file_modified = ?6, version = version + (name <> ?3 OR document <> ?4), "
    "updated_at = CASE WHEN name <> ?3 OR document <> ?4 THEN ?7 ELSE updated_at END "
    "WHERE type = ?1 AND id = ?8 RETURNING version";

constexpr char kRemove[] =
    "DELETE FROM documents WHERE type = ?1 AND id = ?2 AND file_path IS ?3 RETURNING version";

constexpr char kDrop[] = "DELETE FROM documents WHERE seq = ?1";

class DocumentRows final : public RowSource {
 public:
  explicit DocumentRows(std::span<const DocumentFields> documents) : documents_(documents) {}
  size_t size() const override { return documents_.size(); }
  ValueView value(size_t row, int column) const override {
    const DocumentFields& fields = documents_[row];
    switch (column) {
      case 0:
        return fields.id;
      case 1:
        return fields.name;
      case 2:
        return fields.document;
      case 3:
        return orNull(fields.filePath);
      case 4:
        return orNull(fields.fileModified);
      default:
        return {};
    }
  }

 private:
  static ValueView orNull(std::string_view text) {
    return text.empty() ? ValueView() : ValueView(text);
  }

  std::span<const DocumentFields> documents_;
};

}  // namespace

// `document` is the last column: a large one spills into overflow pages, and what stands behind it
// could only be read through them.
const char* const DocumentTable::kSchema =
    "CREATE TABLE documents ("
    "seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "type TEXT NOT NULL, "
    "id TEXT NOT NULL, "
    "name TEXT NOT NULL, "
    "version INTEGER NOT NULL, "
    "file_path TEXT, "
    "file_modified TEXT, "
    "created_at TEXT NOT NULL, "
    "updated_at TEXT NOT NULL, "
    "document TEXT NOT NULL, "
    "UNIQUE (type, id));"
    "CREATE INDEX documents_type_name ON documents (type, name);"
    "CREATE INDEX documents_file_path ON documents (file_path) WHERE file_path IS NOT NULL;";

Result<void> DocumentTable::dropNameIndexIfEmpty(Connection& connection) {
  auto any = connection.queryInteger("SELECT EXISTS (SELECT 1 FROM documents)");
  if (!any) return std::move(any).error();
  if (*any != 0) return {};
  return connection.exec("DROP INDEX IF EXISTS documents_type_name");
}

Result<void> DocumentTable::createNameIndex(Connection& connection) {
  return connection.exec(
      "CREATE INDEX IF NOT EXISTS documents_type_name ON documents (type, name)");
}

Result<DocumentTable> DocumentTable::create(Connection& connection) {
  DocumentTable table;
  table.connection_ = &connection;
  const std::pair<Statement*, const char*> texts[] = {
      {&table.insert_, kInsert}, {&table.insertAll_, kInsertAll}, {&table.find_, kFind},
      {&table.update_, kUpdate}, {&table.touch_, kTouch},         {&table.rename_, kRename},
      {&table.remove_, kRemove}, {&table.drop_, kDrop},
  };
  for (const auto& [target, sql] : texts) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::move(statement).error();
    *target = std::move(*statement);
  }
  return table;
}

Result<bool> DocumentTable::insert(const DocumentFields& fields, std::string_view now) {
  FSDB_TRY(bindFields(insert_, fields, now));
  FSDB_TRY(insert_.run());
  return connection_->changes() > 0;
}

Result<bool> DocumentTable::insertAll(std::span<const DocumentFields> documents,
                                      std::string_view now) {
  if (documents.empty()) return true;
  const DocumentRows rows(documents);
  FSDB_TRY(insertAll_.bindStatic(1, documents.front().type));
  FSDB_TRY(insertAll_.bindStatic(2, now));
  FSDB_TRY(insertAll_.bindRows(3, rows));
  auto inserted = insertAll_.run();
  if (inserted) return true;
  // SQLite has taken back what this statement had done by then.
  if (inserted.error().code == ErrorCode::kConstraint) return false;
  return std::move(inserted).error();
}

Result<std::optional<DocumentOwner>> DocumentTable::find(std::string_view type,
                                                         std::string_view id) {
  FSDB_TRY(find_.bindStatic(1, type));
  FSDB_TRY(find_.bindStatic(2, id));
  auto row = find_.step();
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<DocumentOwner>();
  DocumentOwner owner;
  owner.filePath = find_.text(0);
  owner.fileModified = find_.text(1);
  owner.version = find_.integer(2);
  find_.reset();
  return std::optional<DocumentOwner>(std::move(owner));
}

Result<std::optional<int64_t>> DocumentTable::update(const DocumentFields& fields,
                                                     std::string_view now) {
  FSDB_TRY(bindFields(update_, fields, now));
  auto version = changedVersion(update_);
  if (!version || *version) return version;
  FSDB_TRY(touch(fields.type, fields.id, fields.filePath, fields.fileModified));
  return version;
}

Result<void> DocumentTable::touch(std::string_view type, std::string_view id,
                                  std::string_view filePath, std::string_view fileModified) {
  FSDB_TRY(touch_.bindStatic(1, type));
  FSDB_TRY(touch_.bindStatic(2, id));
  FSDB_TRY(bindOptional(touch_, 5, filePath));
  FSDB_TRY(bindOptional(touch_, 6, fileModified));
  return touch_.run();
}

Result<std::optional<int64_t>> DocumentTable::rename(std::string_view oldId,
                                                     const DocumentFields& fields,
                                                     std::string_view now) {
  FSDB_TRY(bindFields(rename_, fields, now));
  FSDB_TRY(rename_.bindStatic(8, oldId));
  return changedVersion(rename_);
}

Result<void> DocumentTable::drop(int64_t seq) {
  FSDB_TRY(drop_.bind(1, seq));
  return drop_.run();
}

Result<std::optional<int64_t>> DocumentTable::remove(std::string_view type, std::string_view id,
                                                     std::string_view filePath) {
  FSDB_TRY(remove_.bindStatic(1, type));
  FSDB_TRY(remove_.bindStatic(2, id));
  FSDB_TRY(bindOptional(remove_, 3, filePath));
  return changedVersion(remove_);
}

}  // namespace fsdb
