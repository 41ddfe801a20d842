#include "database/schema.h"

#include <array>
#include <string>

#include "documents/change_feed.h"
#include "documents/collection_schema.h"
#include "documents/document_table.h"
#include "documents/search_index.h"
#include "sync/file_table.h"

namespace fsdb {

const char* const kProgramVersion = FSDB_VERSION;

std::span<const Migration> documentMigrations() {
  // Step 1 is put together from the tables' own classes; later steps are written out here.
  static const std::string* const first = new std::string(std::string(DocumentTable::kSchema) +
                                                          ChangeFeed::kSchema + FileTable::kSchema);
  static const auto* const steps =
      new std::array<Migration, 3>{{{*first}, {kCollectionSchema}, {kSearchSchema}}};
  return *steps;
}

}  // namespace fsdb
