// Places to look at.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fsdb {

// An entry of a source with all below it.
struct Look {
  size_t source = 0;
  std::string path;   // "" for the whole source
  bool full = false;  // read the files even if their stats say that they are unchanged

  friend bool operator==(const Look&, const Look&) = default;
};

// Does `look` include `path`?
bool covers(const Look& look, const std::string& path);

// The same places, by source and path, without those that another one covers.
std::vector<Look> withoutCovered(std::vector<Look> looks);

}  // namespace fsdb
