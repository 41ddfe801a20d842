// Makes JavaScript rows of batches, by functions of lib/ that are made for the columns' names and
// kinds.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "base/lru_cache.h"
#include "sqlite/columnar_batch.h"

namespace fsdb {

class BatchDecoder {
 public:
  // Takes what lib/ hands over once; see binding.d.ts.
  void set(const Napi::Object& factories);
  void clear();

  // Appends the rows of `batch` to the array `rows`.
  void decode(Napi::Env env, napi_value rows, const std::vector<std::string>& columns,
              const ColumnarBatch& batch);

 private:
  napi_value decoderFor(Napi::Env env, const std::vector<std::string>& columns,
                        const std::string& kinds);

  Napi::FunctionReference rowDecoder_;
  Napi::Reference<Napi::Float64Array> numbers_;
  Napi::Reference<Napi::Uint8Array> types_;
  LruCache<Napi::FunctionReference> decoders_{500, 500};
};

}  // namespace fsdb
