// The methods of DocumentReader that are about references and tags.
#include <utility>

#include "documents/document_reader.h"
#include "documents/document_statements.h"

namespace fsdb {
namespace {

constexpr char kReferences[] =
    "SELECT r.target_type, r.target_id, t.name, r.context, t.seq IS NULL FROM documents AS d "
    "JOIN _fsdb_references AS r ON r.type = d.type AND r.seq = d.seq "
    "LEFT JOIN documents AS t ON t.type = r.target_type AND t.id = r.target_id "
    "WHERE d.type = ?1 AND d.id = ?2 ORDER BY r.position";

constexpr char kBacklinks[] =
    "SELECT d.type, d.id, d.name, r.context, "
    "NOT EXISTS (SELECT 1 FROM documents WHERE type = ?1 AND id = ?2) "
    "FROM _fsdb_references AS r JOIN documents AS d ON d.seq = r.seq AND d.type = r.type "
    "WHERE r.target_id = ?2 AND r.target_type = ?1 ORDER BY r.seq, r.position";

constexpr char kTags[] =
    "SELECT tag, count(*) FROM _fsdb_tags WHERE type = ?1 AND whole = 0 GROUP BY tag "
    "ORDER BY 2 DESC, tag";

Error notDeclared(std::string_view type, const char* option) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = std::string(option) + ": the collection \"" + std::string(type) +
                  "\" is not declared with the option " + option;
  return error;
}

}  // namespace

Result<std::vector<DocumentReference>> DocumentReader::references(std::string_view type,
                                                                  std::string_view id) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(type);
  if (!options) return std::move(options).error();
  if ((*options)->references.empty()) return notDeclared(type, "references");
  return readReferences(kReferences, type, id);
}

Result<std::vector<DocumentReference>> DocumentReader::backlinks(std::string_view type,
                                                                 std::string_view id) {
  return readReferences(kBacklinks, type, id);
}

Result<std::vector<DocumentReference>> DocumentReader::readReferences(std::string_view sql,
                                                                      std::string_view type,
                                                                      std::string_view id) {
  auto taken = statements_->take(connection_, sql);
  if (!taken) return std::move(taken).error();
  Statement& statement = **taken;
  FSDB_TRY(statement.bind(1, type));
  FSDB_TRY(statement.bind(2, id));
  std::vector<DocumentReference> references;
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return references;
    DocumentReference& reference = references.emplace_back();
    reference.type = statement.text(0);
    reference.id = statement.text(1);
    reference.name = optionalText(statement, 2);
    reference.context = optionalText(statement, 3);
    reference.dangling = statement.integer(4) != 0;
  }
}

Result<std::vector<std::pair<std::string, int64_t>>> DocumentReader::tags(std::string_view type) {
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto options = this->options(type);
  if (!options) return std::move(options).error();
  if ((*options)->tags.empty()) return notDeclared(type, "tags");
  auto taken = statements_->take(connection_, kTags);
  if (!taken) return std::move(taken).error();
  FSDB_TRY((*taken)->bind(1, type));
  std::vector<std::pair<std::string, int64_t>> tags;
  for (;;) {
    auto row = (*taken)->step();
    if (!row) return std::move(row).error();
    if (!*row) return tags;
    tags.emplace_back((*taken)->text(0), (*taken)->integer(1));
  }
}

}  // namespace fsdb
