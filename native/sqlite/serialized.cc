#include "sqlite/serialized.h"

#include <sqlite3.h>

#include <cstring>

namespace fsdb {
namespace {

Error noMemory() {
  Error error;
  error.code = ErrorCode::kLimit;
  error.message = "serialize: there is not enough memory for a copy of the database";
  return error;
}

// Bytes 18 and 19 of the header: 2 says that there is a write-ahead log, 1 that there is none.
// Source: https://www.sqlite.org/fileformat.html#file_format_version_numbers
constexpr size_t kWriteVersion = 18;
constexpr size_t kReadVersion = 19;
constexpr size_t kHeaderBytes = 100;

}  // namespace

void SerializedDatabase::Free::operator()(void* bytes) const { sqlite3_free(bytes); }

Result<SerializedDatabase> serialize(Connection& connection, const std::string& name) {
  sqlite3* const handle = connection.handle();
  if (sqlite3_db_readonly(handle, name.c_str()) < 0) {
    Error error;
    error.code = ErrorCode::kSql;
    error.sqliteCode = SQLITE_ERROR;
    error.message = "unknown database " + name;
    return error;
  }
  sqlite3_int64 size = 0;
  void* const bytes = sqlite3_serialize(handle, name.c_str(), &size, 0);
  if (bytes == nullptr && size > 0) return noMemory();
  return SerializedDatabase(bytes, static_cast<size_t>(size));
}

Result<SerializedDatabase> copySerialized(std::string_view bytes) {
  auto* const copy = static_cast<char*>(sqlite3_malloc64(bytes.size() + 1));
  if (copy == nullptr) return noMemory();
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  if (bytes.size() >= kHeaderBytes && copy[kWriteVersion] == 2 && copy[kReadVersion] == 2) {
    copy[kWriteVersion] = 1;
    copy[kReadVersion] = 1;
  }
  return SerializedDatabase(copy, bytes.size());
}

Result<std::unique_ptr<Connection>> openSerialized(SerializedDatabase bytes,
                                                   const ConnectionOptions& options) {
  ConnectionOptions inMemory = options;
  inMemory.readonly = false;
  auto connection = Connection::open(":memory:", inMemory);
  if (!connection) return connection;
  const auto size = static_cast<sqlite3_int64>(bytes.bytes().size());
  if (size == 0) return connection;
  unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  if (options.readonly) flags |= SQLITE_DESERIALIZE_READONLY;
  // SQLite frees the bytes even if it does not take them.
  const int code =
      sqlite3_deserialize((*connection)->handle(), "main",
                          static_cast<unsigned char*>(bytes.release()), size, size, flags);
  if (code != SQLITE_OK) return (*connection)->lastError("open a Buffer");
  if (!(*connection)->exec("PRAGMA schema_version")) {
    return (*connection)->lastError("open a Buffer");
  }
  return connection;
}

}  // namespace fsdb
