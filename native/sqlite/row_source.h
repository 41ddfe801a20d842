// C++ values as the rows of a table, so that one INSERT ... SELECT writes many of them: without a
// statement per row, and with cursors that stay where the last row went.
//
//   INSERT INTO t (a, b) SELECT c0, c1 FROM _fsdb_rows(?1)
//
// Every Connection has the table; only who can bind a RowSource can read from it.
//
// Threads: as the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

struct sqlite3;

namespace fsdb {

struct BlobView {
  std::string_view bytes;
};

// Text and bytes are referenced: they must stay as they are until the statement has been reset.
using ValueView = std::variant<std::monostate, int64_t, std::string_view, BlobView>;

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual size_t size() const = 0;
  // `column` is the number after the c.
  virtual ValueView value(size_t row, int column) const = 0;

  static constexpr int kMaxColumns = 16;
};

// Called by Connection::open(). False: out of memory.
bool registerRowSources(sqlite3* handle);

// What sqlite3_bind_pointer() and its counterpart tell a RowSource by.
extern const char* const kRowSourceType;

}  // namespace fsdb
