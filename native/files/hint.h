// Somebody's word that something may have changed. Events are hints: they say where to look, never
// what is there.
#pragma once

#include <cstdint>
#include <string>

namespace fsdb {

// Doubt only widens: a wider scope covers the narrower.
enum class HintScope : uint8_t {
  kEntry,  // the file or directory of this name itself; if it turns out to be a directory that was
           // not known, all below it
  kSubtree,  // the directory and all below it
};

enum class HintKind : uint8_t {
  kSettled,  // complete as far as the system can tell: closed after writing, or moved here
  kWriting,  // created or modified, and perhaps still open
  kGone,     // deleted or moved away; often recreated at once
};

struct Hint {
  std::string path;  // relative to the source's directory; "" for the directory itself
  HintScope scope = HintScope::kEntry;
  HintKind kind = HintKind::kSettled;
  uint32_t cookie = 0;  // not 0: the two halves of one rename carry the same

  friend bool operator==(const Hint&, const Hint&) = default;
};

}  // namespace fsdb
