// The functions of lib/ that make JavaScript objects. Calling one of them with all the values of an
// object, or of many, is several times faster than setting properties one by one through Node-API.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "addon/batch_decoder.h"
#include "base/result.h"

namespace fsdb {

enum class RowMode : uint8_t { kObject, kArray, kFirstColumn, kExpanded };
constexpr size_t kRowModes = 4;

// What a row's property is called; the table only for kExpanded. Views of the statement's.
struct RowColumn {
  std::string_view name;
  std::string_view table;
};

// What makes the rows of statements whose columns have the same names.
struct RowFactory {
  Napi::FunctionReference one;   // (...values): row
  Napi::FunctionReference many;  // (rows, ...values of several rows): appends them to rows
};

class Factories {
 public:
  explicit Factories(Napi::Env env) : env_(env) {}

  // Takes what lib/ hands over once; see binding.d.ts.
  void set(const Napi::Object& factories);
  void clear();

  Napi::Env env() const { return env_; }

  // An instance of FileSyncError, with an FSDB_ code.
  Napi::Error error(const Error& error) const;
  // What a statement of the caller's failed with: an instance of SqliteError, whose code is
  // SQLite's name for it; a RangeError if SQLite was not even asked.
  Napi::Error sqlError(const Error& error) const;
  // The same for statements that ran on another thread, which also finds the mistakes that are
  // TypeErrors.
  Napi::Error callError(const Error& error) const;

  // Kept for the next statement with the same columns.
  std::shared_ptr<RowFactory> rows(const std::vector<RowColumn>& columns, RowMode mode);

  // For the result of a run whose number of changes is returned as such.
  void setLastRowid(double rowid) { *lastRowidData_ = rowid; }

  napi_value runResult(napi_value changes, napi_value lastInsertRowid) const;

  // Makes rows of batches.
  BatchDecoder& decoder() { return decoder_; }

  // (rows, ...values), with the fields in the order of binding.d.ts.
  const Napi::FunctionReference& documents() const { return documents_; }
  const Napi::FunctionReference& documentChanges() const { return documentChanges_; }
  const Napi::FunctionReference& documentRefs() const { return documentRefs_; }
  const Napi::FunctionReference& fileErrors() const { return fileErrors_; }

 private:
  Napi::Error make(const Error& error, bool sql) const;

  Napi::Env env_;
  Napi::FunctionReference error_;
  Napi::FunctionReference rowFactory_;
  Napi::FunctionReference runResult_;
  BatchDecoder decoder_;
  Napi::ObjectReference lastRowid_;  // a Float64Array of one
  double* lastRowidData_ = nullptr;
  Napi::FunctionReference documents_;
  Napi::FunctionReference documentChanges_;
  Napi::FunctionReference documentRefs_;
  Napi::FunctionReference fileErrors_;
  std::unordered_map<std::string, std::shared_ptr<RowFactory>> rows_;
};

}  // namespace fsdb
