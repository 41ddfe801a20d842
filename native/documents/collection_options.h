// What a program declares of the documents of one type, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fsdb {

// Which documents are dropped when new ones come.
struct KeepOptions {
  std::optional<int64_t> newest = {};  // documents at most
  std::string per = {};                // JSON path: so many for each value there; empty: of all
  std::optional<int64_t> olderThanMs = {};

  friend bool operator==(const KeepOptions&, const KeepOptions&) = default;
};

// What full text looks at.
struct SearchOptions {
  std::vector<std::string> paths = {};  // sorted, each once; empty: the name and every text
  bool trigram = false;                 // parts of words, too: finds any three characters
  // Filled when somebody calls for it, even if there are no documents yet: a sync is about to come.
  bool later = false;

  friend bool operator==(const SearchOptions&, const SearchOptions&) = default;
};

// Paths are JSON paths, or the names of columns; see where_compiler.h.
struct CollectionOptions {
  std::vector<std::string> indexes = {};  // sorted, each once
  std::vector<std::string> unique = {};   // the same
  // The documents come from files, where no index can refuse them: `unique` then holds for what the
  // program writes.
  bool fromFiles = false;
  std::optional<KeepOptions> keep = {};
  std::string references = {};  // of an array of { id, type, context }; empty: none
  std::string tags = {};        // of an array of text; empty: none
  std::optional<SearchOptions> search = {};

  friend bool operator==(const CollectionOptions&, const CollectionOptions&) = default;
};

}  // namespace fsdb
