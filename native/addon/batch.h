// Collects the values of many objects and hands them to a factory of lib/ in few calls.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstddef>
#include <vector>

namespace fsdb {

class Batch {
 public:
  // Objects of `fields` values are appended to the array `rows` by `factory(rows, ...values)`.
  // `factory` must outlive this object.
  Batch(Napi::Env env, const Napi::FunctionReference& factory, napi_value rows, size_t fields);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Adds the next value, which may be made in the scope that this object keeps open.
  void add(napi_value value) { values_.push_back(value); }

  // The current object is complete.
  void endRow() {
    if (values_.size() >= full_) flush();
  }

  // Makes the objects that wait. Once at the end. Throws what the factory throws.
  void flush();

 private:
  Napi::Env env_;
  const Napi::FunctionReference& factory_;
  napi_value rows_;
  size_t full_;  // number of values, with `rows` in front, at which a call is worth it
  std::vector<napi_value> values_;
  napi_handle_scope scope_ = nullptr;
};

}  // namespace fsdb
