// Places to look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fsdb {

// How much it takes to believe that a file is unchanged.
enum class Effort : uint8_t {
  kStat,   // its stat is the one that was stored: for scans
  kRead,   // its content is: for a file that an event named, since a write through a memory map may
           // leave no other trace
  kParse,  // nothing: it is read and parsed whatever it looks like
};

// An entry of a source with all below it.
struct Look {
  size_t source = 0;
  std::string path;               // "" for the whole source
  Effort effort = Effort::kStat;  // of what lies below a directory, kRead is taken as kStat

  friend bool operator==(const Look&, const Look&) = default;
};

// Does `look` include `path`?
bool covers(const Look& look, const std::string& path);

// The same places, by source and path, without those that another one covers.
std::vector<Look> withoutCovered(std::vector<Look> looks);

}  // namespace fsdb
