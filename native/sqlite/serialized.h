// A whole database as bytes: what its file would hold.
//
// Threads: as the connection's; the bytes may go anywhere.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/connection.h"

namespace fsdb {

class SerializedDatabase {
 public:
  SerializedDatabase(void* bytes, size_t size) : bytes_(bytes), size_(size) {}
  std::string_view bytes() const { return {static_cast<const char*>(bytes_.get()), size_}; }

  // Hands the memory on, to SQLite.
  void* release() { return bytes_.release(); }

 private:
  struct Free {
    void operator()(void* bytes) const;
  };
  std::unique_ptr<void, Free> bytes_;
  size_t size_;
};

// The database of `connection` that is attached as `name` ("main"), with the changes of an open
// transaction. kSql if there is none of that name; kLimit if there is no memory for it.
Result<SerializedDatabase> serialize(Connection& connection, const std::string& name);

// A copy for opening. The copy says that there is no log, as a database in memory has none.
// kLimit: no memory.
Result<SerializedDatabase> copySerialized(std::string_view bytes);

// Opens a database in memory that begins with these bytes. kCorrupt: they are no database.
Result<std::unique_ptr<Connection>> openSerialized(SerializedDatabase bytes,
                                                   const ConnectionOptions& options);

}  // namespace fsdb
