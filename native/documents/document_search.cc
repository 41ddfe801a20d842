// The methods of DocumentReader that are about full text.
#include <algorithm>
#include <utility>

#include "documents/document_reader.h"
#include "documents/document_statements.h"
#include "documents/query_compiler.h"
#include "documents/search_index.h"
#include "documents/search_text.h"

namespace fsdb {
namespace {

// Words around what matches.
constexpr const char* kSnippetTokens = "16";

// A match in the name is worth as much as four in the text.
constexpr const char* kRank = "bm25(4.0, 1.0)";

Error searchError(const std::string& why) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = "search: " + why;
  return error;
}

// The hits are chosen before the documents are read, and snippets made of those alone.
std::string searchSql(const std::string& type) {
  const std::string table = quoteName(searchTable(type));
  return "SELECT " + std::string(kDocumentColumns) +
         ", hit.rank, hit.snippet FROM (SELECT rowid AS hit_seq, rank, snippet(" + table +
         ", -1, '" + kMatchBegin + "', '" + kMatchEnd + "', '…', " + kSnippetTokens +
         ") AS snippet FROM " + table + " WHERE " + table + " MATCH ?1 AND rank MATCH '" + kRank +
         "' ORDER BY rank LIMIT ?2) AS hit JOIN documents ON documents.seq = hit.hit_seq "
         "ORDER BY hit.rank, seq";
}

}  // namespace

Result<const std::vector<std::string>*> DocumentReader::searchable() {
  FSDB_TRY(checkSchema());
  if (searchable_) return &*searchable_;
  auto taken = statements_->take(
      connection_, "SELECT DISTINCT type FROM _fsdb_collections WHERE kind = 'search'");
  if (!taken) return std::move(taken).error();
  std::vector<std::string> types;
  for (;;) {
    auto row = (*taken)->step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    types.emplace_back((*taken)->text(0));
  }
  return &searchable_.emplace(std::move(types));
}

Result<std::vector<SearchHit>> DocumentReader::search(std::string_view text,
                                                      const std::optional<std::string>& type,
                                                      int64_t limit) {
  if (text.size() > kMaxSearchBytes) {
    return searchError("the text is longer than " + std::to_string(kMaxSearchBytes) + " bytes");
  }
  Snapshot snapshot(*this);
  FSDB_TRY(snapshot.begin());
  auto types = searchable();
  if (!types) return std::move(types).error();
  std::vector<std::string> searched = **types;
  if (type) {
    if (std::find(searched.begin(), searched.end(), *type) == searched.end()) {
      return searchError("the collection \"" + *type + "\" is not declared with the option search");
    }
    searched = {*type};
  }
  if (searched.empty()) return searchError("no collection is declared with the option search");
  const std::string compiled = compileSearch(text);
  std::vector<SearchHit> hits;
  if (compiled.empty()) return hits;
  for (const auto& each : searched) FSDB_TRY(searchType(each, compiled, limit, hits));
  std::stable_sort(hits.begin(), hits.end(),
                   [](const SearchHit& a, const SearchHit& b) { return a.rank < b.rank; });
  if (hits.size() > static_cast<size_t>(limit)) hits.resize(static_cast<size_t>(limit));
  return hits;
}

Result<void> DocumentReader::searchType(const std::string& type, const std::string& text,
                                        int64_t limit, std::vector<SearchHit>& hits) {
  auto taken = statements_->take(connection_, searchSql(type));
  if (!taken) return std::move(taken).error();
  Statement& statement = **taken;
  FSDB_TRY(statement.bind(1, std::string_view(text)));
  FSDB_TRY(statement.bind(2, limit));
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    SearchHit& hit = hits.emplace_back();
    hit.document = readDocument(statement);
    hit.rank = statement.real(kDocumentColumnCount);
    hit.snippet = statement.text(kDocumentColumnCount + 1);
  }
}

Result<std::vector<SearchProgress>> DocumentReader::searchProgress() {
  auto taken = statements_->take(connection_, std::string("SELECT type, indexed, filled = ") +
                                                  kAllFilled + " FROM _fsdb_fill ORDER BY type");
  if (!taken) return std::move(taken).error();
  std::vector<SearchProgress> progress;
  for (;;) {
    auto row = (*taken)->step();
    if (!row) return std::move(row).error();
    if (!*row) return progress;
    progress.push_back(
        {std::string((*taken)->text(0)), (*taken)->integer(1), (*taken)->integer(2) != 0});
  }
}

}  // namespace fsdb
