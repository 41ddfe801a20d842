// Tables beside the documents that triggers keep in step: references, tags, and how many documents
// `keep` counts. Pure: what is to be created, as SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fsdb {

struct SchemaObject {
  std::string name;
  std::string create;
  std::string fill = {};  // what to run once after creating it; empty: nothing
};

// What happens to a side table, in terms of the rows `old` and `new` of `documents`.
struct Upkeep {
  std::string kind;
  std::string type;
  std::string path;
  std::string columns = "type, document";  // what a change concerns
  std::string changed;                     // does it?
  std::string add;                         // for `new`, if it is of the type
  std::string remove;                      // for `old`
};

// Appends the triggers for it. `fill` is run once.
void addTriggers(std::vector<SchemaObject>& objects, const Upkeep& upkeep, const std::string& fill);

// A path as an SQL literal. kParse: it is no path into a document; the message names `option`.
Result<std::string> documentPath(const char* option, const std::string& path);

// Append what keeps the table in step for the documents of `type`, whose array, or whose value to
// group by, stands at `path`. kParse: it is no path into a document.
Result<void> addReferences(std::vector<SchemaObject>& objects, const std::string& type,
                           const std::string& path);
Result<void> addTags(std::vector<SchemaObject>& objects, const std::string& type,
                     const std::string& path);
// Empty `per`: all documents of the type are one group.
Result<void> addKeepTriggers(std::vector<SchemaObject>& objects, const std::string& type,
                             const std::string& per);

// The group that `keep` counts a document in: SQL over `document`, a column.
Result<std::string> keepGroup(const std::string& per, std::string_view document);

// Empties what the object `name` of `type` has filled, once it has been dropped; "": nothing to do.
std::string cleanUp(std::string_view name, const std::string& type);

// The name of what belongs to `path` of `type`: _fsdb_index('codex', 'title').
std::string objectName(std::string_view kind, std::string_view type, std::string_view path);

}  // namespace fsdb
