#include "documents/search_index.h"

#include <algorithm>
#include <utility>

#include "documents/collection_schema.h"
#include "documents/query_target.h"
#include "sqlite/statement.h"

namespace fsdb {
namespace {

// Documents have numbers without large gaps: a step looks at so many of them. It takes about as
// long as the slice that the writer gives to one transaction.
constexpr int64_t kStep = 64;

// What is indexed of a row of `documents` that is called `row`: SQL for name and text.
struct IndexedText {
  std::string name;
  std::string text;
};

std::string allText(const std::string& row, const std::string& path) {
  return "(SELECT group_concat(atom, char(10)) FROM json_tree(" + row + ".document" +
         (path.empty() ? "" : ", " + path) + ") WHERE type = 'text')";
}

Result<IndexedText> indexedText(const SearchOptions& search, const std::string& row) {
  if (search.paths.empty()) return IndexedText{row + ".name", allText(row, "")};
  IndexedText indexed{"NULL", ""};
  for (const auto& path : search.paths) {
    if (path == "name") {
      indexed.name = row + ".name";
      continue;
    }
    auto at = documentPath("search", path);
    if (!at) return std::move(at).error();
    indexed.text += (indexed.text.empty() ? "concat_ws(char(10), " : ", ") + allText(row, *at);
  }
  indexed.text = indexed.text.empty() ? "NULL" : indexed.text + ")";
  return indexed;
}

// The name tells the paths: other paths, another view, and another table on it.
std::string viewName(const std::string& type, const SearchOptions& search) {
  std::string paths;
  for (const auto& path : search.paths) paths += (paths.empty() ? "" : ", ") + quoteText(path);
  return objectName("text", type, paths);
}

// One step of one type. The plus keeps SQLite from collecting all of the type each time.
Result<void> fillStep(Connection& connection, const std::string& type, int64_t from) {
  auto catalog = CollectionCatalog::create(connection);
  if (!catalog) return std::move(catalog).error();
  auto options = catalog->options(type);
  if (!options) return std::move(options).error();
  const auto text = indexedText(options->search.value_or(SearchOptions{}), "documents");
  if (!text) return text.error();
  auto insert = connection.prepare(
      "INSERT INTO " + quoteName(searchTable(type)) + " (rowid, name, text) SELECT seq, " +
      text->name + ", " + text->text +
      " FROM documents WHERE +type = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq");
  if (!insert) return std::move(insert).error();
  FSDB_TRY(insert->bind(1, std::string_view(type)));
  FSDB_TRY(insert->bind(2, from));
  FSDB_TRY(insert->bind(3, from + kStep));
  FSDB_TRY(insert->run());
  const int64_t indexed = connection.changes();
  auto note = connection.prepare(
      std::string("UPDATE _fsdb_fill SET indexed = indexed + ?3, filled = iif(?2 >= "
                  "(SELECT coalesce(max(seq), 0) FROM documents), ") +
      kAllFilled + ", ?2) WHERE type = ?1");
  if (!note) return std::move(note).error();
  FSDB_TRY(note->bind(1, std::string_view(type)));
  FSDB_TRY(note->bind(2, from + kStep));
  FSDB_TRY(note->bind(3, indexed));
  return note->run();
}

}  // namespace

const char* const kSearchSchema =
    "CREATE TABLE _fsdb_fill (type TEXT PRIMARY KEY NOT NULL, filled INTEGER NOT NULL, "
    "indexed INTEGER NOT NULL) WITHOUT ROWID;";

std::string searchTable(std::string_view type) { return objectName("search", type, {}); }

Result<void> addSearch(std::vector<SchemaObject>& objects, const std::string& type,
                       const SearchOptions& search) {
  const auto before = indexedText(search, "old");
  if (!before) return before.error();
  const auto after = *indexedText(search, "new");
  const auto shown = *indexedText(search, "documents");
  const std::string quoted = quoteText(type);
  const std::string view = viewName(type, search);
  const std::string table = quoteName(searchTable(type));
  const std::string all = "(SELECT filled FROM _fsdb_fill WHERE type = " + quoted + ")";

  objects.push_back({view, "CREATE VIEW " + quoteName(view) + " AS SELECT seq, " + shown.name +
                               " AS name, " + shown.text +
                               " AS text FROM documents WHERE type = " + quoted});
  objects.push_back({searchTable(type), "CREATE VIRTUAL TABLE " + table +
                                            " USING fts5(name, text, content=" + quoteName(view) +
                                            ", content_rowid='seq', tokenize='" +
                                            (search.trigram ? "trigram" : "unicode61") + "')"});
  // Without documents there is nothing to wait for, but a sync that is about to bring many: it
  // would be three times as long.
  objects.back().fill =
      "INSERT INTO _fsdb_fill (type, filled, indexed) SELECT " + quoted + ", " +
      (search.later ? "0"
                    : "iif(EXISTS (SELECT 1 FROM documents WHERE type = " + quoted + "), 0, " +
                          kAllFilled + ")") +
      ", 0;";
  Upkeep upkeep;
  upkeep.kind = "search";
  upkeep.type = type;
  upkeep.columns = "type, name, document";
  upkeep.changed = "old.name <> new.name OR old.document <> new.document";
  upkeep.add = "INSERT INTO " + table + " (rowid, name, text) SELECT new.seq, " + after.name +
               ", " + after.text + " WHERE new.type = " + quoted + " AND new.seq <= " + all + ";";
  upkeep.remove = "INSERT INTO " + table + " (" + table +
                  ", rowid, name, text) SELECT 'delete', old.seq, " + before->name + ", " +
                  before->text + " WHERE old.type = " + quoted + " AND old.seq <= " + all + ";";
  addTriggers(objects, upkeep, "");
  return {};
}

Result<bool> isSearchUnfilled(Connection& connection) {
  auto any = connection.queryInteger(
      std::string("SELECT EXISTS (SELECT 1 FROM _fsdb_fill WHERE filled < ") + kAllFilled + ")");
  if (!any) return std::move(any).error();
  return *any != 0;
}

Result<bool> fillSearch(Connection& connection, const std::function<bool()>& mayGoOn) {
  do {
    std::string type;
    int64_t from = 0;
    {
      auto next = connection.prepare(std::string("SELECT type, filled FROM _fsdb_fill WHERE "
                                                 "filled < ") +
                                     kAllFilled + " ORDER BY type LIMIT 1");
      if (!next) return std::move(next).error();
      auto row = next->step();
      if (!row) return std::move(row).error();
      if (!*row) return false;
      type = next->text(0);
      from = next->integer(1);
    }
    FSDB_TRY(fillStep(connection, type, from));
  } while (mayGoOn());
  return true;
}

}  // namespace fsdb
