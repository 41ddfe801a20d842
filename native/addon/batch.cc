#include "addon/batch.h"

#include <algorithm>

namespace fsdb {
namespace {

// Calls from C++ into JavaScript cost as much as making a row, so they are shared by many rows;
// arguments lie on the stack, so there must not be too many.
constexpr size_t kMaxRows = 64;
constexpr size_t kMaxValues = 512;

}  // namespace

Batch::Batch(Napi::Env env, const Napi::FunctionReference& factory, napi_value rows, size_t fields)
    : env_(env), factory_(factory), rows_(rows) {
  const size_t rowsPerCall = std::clamp<size_t>(kMaxValues / fields, 1, kMaxRows);
  full_ = rowsPerCall * fields + 1;
  values_.reserve(full_);
  values_.push_back(rows_);
  napi_open_handle_scope(env_, &scope_);
}

Batch::~Batch() { napi_close_handle_scope(env_, scope_); }

void Batch::flush() {
  if (values_.size() <= 1) return;
  napi_value ignored = nullptr;
  const napi_status status = napi_call_function(env_, env_.Undefined(), factory_.Value(),
                                                values_.size(), values_.data(), &ignored);
  NAPI_THROW_IF_FAILED_VOID(env_, status);
  values_.resize(1);
  napi_close_handle_scope(env_, scope_);
  napi_open_handle_scope(env_, &scope_);
}

}  // namespace fsdb
