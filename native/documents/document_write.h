// What an application asks to be written, and what became of it, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "documents/query.h"

namespace fsdb {

// What has to hold for a write to go through; checked in its transaction.
struct WriteGuard {
  // The stored version; 0: there is no such document.
  std::optional<int64_t> ifVersion = {};
  // JSON path: what stands there must be greater than what is stored there, number with number or
  // text with text. Holds if nothing is stored there.
  std::optional<std::string> onlyIfNewer = {};
};

struct DocumentWrite {
  enum class Kind : uint8_t {
    kInsert,  // the id must be free
    kPut,     // inserts or replaces
    kPatch,   // merges `json` into what is there, by RFC 7396; nothing if there is nothing
    kDelete,
  };
  Kind kind = Kind::kPut;
  std::string type;
  std::string id;
  std::optional<std::string> name = {};  // nullopt: see CollectionWriter
  std::string json = {};                 // valid and minified; kDelete: unused
  WriteGuard guard = {};
};

// Why a write did not go through, and the document that stands in its way, if there is one.
struct WriteRefusal {
  Error error;
  std::optional<StoredDocument> current;
};

struct WriteOutcome {
  // What is stored now; nullopt if nothing is. kDelete: what was deleted.
  std::optional<StoredDocument> stored;
  std::optional<WriteRefusal> refused;  // then nothing has been written
};

}  // namespace fsdb
