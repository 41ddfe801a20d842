// A database with the tables of documents.
//
// Threads: as Database.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "database/database.h"
#include "database/document_writes.h"
#include "documents/collection_options.h"
#include "documents/document_reader.h"

namespace fsdb {

struct DocumentOptions : DatabaseOptions {
  // What is declared, by type. What other types were declared with stays.
  std::map<std::string, CollectionOptions> collections = {};
};

class DocumentDatabase : public Database {
 public:
  // As Database::open(); creates the tables, and makes what is declared, or brings them up to date,
  // unless readonly. That takes a moment where there are many documents and another declaration.
  // kParse: a declaration is wrong. kConstraint: documents that are there contradict it. kSchema:
  // the file is newer than this program; or readonly, and it has no tables of documents.
  static Result<std::unique_ptr<DocumentDatabase>> open(const std::string& path,
                                                        const DocumentOptions& options);

  ~DocumentDatabase() override;

  // Only while isOpen(). See DocumentReader.
  DocumentReader& documents() { return *documents_; }

  // Writes a document off this thread; of a database in memory, on it. `done` is called on a native
  // thread, or before this returns. Only while isOpen().
  void writeDocument(DocumentWrite write, DocumentWrites::Done done);

  void close() override;

 protected:
  static Result<Parts> openParts(const std::string& path, const DocumentOptions& options);
  DocumentDatabase(Parts parts, const DatabaseOptions& options);
  // Has the full text filled that is not. In memory it always is.
  Result<void> fillSearch();

 private:
  Result<WriteOutcome> writeInMemory(const DocumentWrite& write);

  const JobOptions jobOptions_;  // of this handle's writes
  std::unique_ptr<DocumentReader> documents_;
  std::unique_ptr<CollectionWriter> rows_;  // in memory only
};

}  // namespace fsdb
