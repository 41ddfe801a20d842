// How failure is reported in native/: a value or an Error, never an exception.
//
// Codes group failures by what a caller can do next and are part of the public API: each has a
// name that starts with FSDB_ and does not change between major versions. Messages may change; they
// start with the operation that failed.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fsdb {

enum class ErrorCode : uint8_t {
  kBusy,        // another process kept the write lock longer than the busy timeout: retry
  kClosed,      // the database was closed
  kConflict,    // a guard refused the write, or two files claim one id
  kConstraint,  // UNIQUE, CHECK, NOT NULL or foreign key
  kCorrupt,     // the file is not a database, or is damaged
  kFull,        // the disk is full; nothing was lost, reads go on
  kInternal,    // a bug of ours
  kIo,          // the file system failed; after a failed commit the outcome is unknown
  kLimit,       // a named limit was exceeded
  kMoved,       // the database file was deleted or replaced while open
  kParse,       // a file or a text is not valid; line and column say where
  kReadonly,    // the database or the directory cannot be written
  kSchema,      // a migration failed, or the file is newer than this program
  kSql,         // the statement itself is wrong; reaches JavaScript as SqliteError
  kTimeout,     // a deadline or an AbortSignal ended the call
};

// "FSDB_BUSY" for kBusy, and so on.
std::string_view errorCodeName(ErrorCode code);

// The inverse; nullopt for a name that is not one of ours.
std::optional<ErrorCode> errorCodeOf(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string path;    // the file that is at fault; empty if none
  int line = 0;        // 1-based; 0: does not apply
  int column = 0;      // 1-based, counted in Unicode code points; 0: does not apply
  int systemCode = 0;  // errno; 0: does not apply
  int sqliteCode = 0;  // extended result code; 0: not from SQLite

  friend bool operator==(const Error&, const Error&) = default;
};

// An Error for a failed system call: "open x.json: Permission denied". The code follows errno:
// ENOSPC and EDQUOT are kFull, EROFS is kReadonly, all else is kIo.
Error systemError(std::string_view operation, std::string_view path, int systemCode);

template <typename T>
class [[nodiscard]] Result {
 public:
  // Both implicit, so that `return value;` and `return error;` read as what they are.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only after ok().
  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Only after !ok().
  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const& {
    assert(!ok());
    return *error_;
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

// Leaves the function with the error if `expression`, a Result, has failed.
#define FSDB_TRY(expression)                                                            \
  do {                                                                                  \
    if (auto fsdbTried = (expression); !fsdbTried) return std::move(fsdbTried).error(); \
  } while (false)

}  // namespace fsdb
