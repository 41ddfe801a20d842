// Makes JavaScript rows of what a statement returns.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "addon/factories.h"
#include "sqlite/statement.h"

namespace fsdb {

struct RowOptions {
  RowMode mode = RowMode::kObject;
  bool safeIntegers = false;  // integers as BigInt; otherwise those beyond 2^53 are rounded
};

class RowReader {
 public:
  // Both must outlive this object.
  RowReader(Factories& factories, Statement& statement);

  void set(RowOptions options);
  const RowOptions& options() const { return options_; }

  // The row that the statement stands on.
  napi_value readOne();

  // Appends rows to the array `rows`, from the one that the statement stands on: at most `limit`.
  // True if the statement then stands on a further row, false at its end.
  Result<bool> readMany(napi_value rows, size_t limit);

 private:
  void refresh();
  napi_value value(int column);

  Napi::Env env_;
  Factories& factories_;
  Statement& statement_;
  RowOptions options_;
  std::shared_ptr<RowFactory> factory_;  // null: not made yet
  int timesPrepared_ = 0;                // when factory_ was made
  int columns_ = 0;
  std::vector<napi_value> values_;
};

}  // namespace fsdb
