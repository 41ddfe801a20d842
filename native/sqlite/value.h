// A value as SQLite stores it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace fsdb {

// Its own type, so that bytes and text are never mistaken for each other.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

using Value = std::variant<std::monostate, int64_t, double, std::string, Blob>;

}  // namespace fsdb
