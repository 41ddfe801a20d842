// The full-text index of a collection: an FTS5 table whose content is a view of the documents, so
// that it holds no text of its own and can show snippets. (Measured against a contentless table:
// the same to insert, less than half the time to update, 8 % more on the disk.)
//
// FTS5's own commands 'rebuild' and 'integrity-check' with rank 1 do not work on it: they do not
// read content through a view that uses a table-valued function, such as json_tree().
//
// Triggers keep it in step in the transaction that writes a document, as far as it has been filled:
// up to the document with the seq `filled` in _fsdb_fill. What is behind that is indexed in slices,
// by whoever calls fillSearch().
//
// Threads: as the connection.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "documents/collection_options.h"
#include "documents/side_tables.h"
#include "sqlite/connection.h"

namespace fsdb {

extern const char* const kSearchSchema;

// `filled`, once every document is.
inline constexpr const char* kAllFilled = "9223372036854775807";

// Appends what `search` comes to for `type`. kParse: a path is wrong.
Result<void> addSearch(std::vector<SchemaObject>& objects, const std::string& type,
                       const SearchOptions& search);

// The name of the FTS5 table of a type.
std::string searchTable(std::string_view type);

// Indexes some documents that are not yet, while `mayGoOn`, inside a transaction of the caller's.
// True: there is more to do.
Result<bool> fillSearch(Connection& connection, const std::function<bool()>& mayGoOn);

// Is there something to fill?
Result<bool> isSearchUnfilled(Connection& connection);

}  // namespace fsdb
