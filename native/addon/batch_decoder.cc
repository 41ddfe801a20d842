#include "addon/batch_decoder.h"

#include <array>
#include <cstring>

#include "addon/conversions.h"

namespace fsdb {
namespace {

napi_value toJs(Napi::Env env, const OtherValue& value) {
  napi_value made = nullptr;
  switch (value.kind) {
    case OtherValue::Kind::kText:
      check(env, napi_create_string_utf8(env, value.bytes.data(), value.bytes.size(), &made));
      break;
    case OtherValue::Kind::kBlob:
      check(env,
            napi_create_buffer_copy(env, value.bytes.size(), value.bytes.data(), nullptr, &made));
      break;
    case OtherValue::Kind::kInteger:
      check(env, napi_create_bigint_int64(env, value.integer, &made));
      break;
  }
  return made;
}

napi_value textOf(Napi::Env env, const ColumnarBatch& batch) {
  napi_value text = nullptr;
  if (batch.utf16.empty()) {
    check(env, napi_create_string_latin1(env, batch.latin1.data(), batch.latin1.size(), &text));
  } else {
    check(env, napi_create_string_utf16(env, batch.utf16.data(), batch.utf16.size(), &text));
  }
  return text;
}

napi_value othersOf(Napi::Env env, const ColumnarBatch& batch) {
  if (batch.others.empty()) return undefined(env);
  napi_value others = nullptr;
  check(env, napi_create_array_with_length(env, batch.others.size(), &others));
  for (size_t i = 0; i < batch.others.size(); i++) {
    check(env, napi_set_element(env, others, static_cast<uint32_t>(i), toJs(env, batch.others[i])));
  }
  return others;
}

// Names may hold any character but NUL.
std::string keyOf(const std::vector<std::string>& columns, const std::string& kinds) {
  std::string key = kinds;
  for (const auto& column : columns) {
    key += '\0';
    key += column;
  }
  return key;
}

}  // namespace

void BatchDecoder::set(const Napi::Object& factories) {
  rowDecoder_ = Napi::Persistent(factories.Get("rowDecoder").As<Napi::Function>());
  numbers_ = Napi::Persistent(factories.Get("numbers").As<Napi::Float64Array>());
  types_ = Napi::Persistent(factories.Get("types").As<Napi::Uint8Array>());
  decoders_.clear();
}

void BatchDecoder::clear() {
  rowDecoder_.Reset();
  numbers_.Reset();
  types_.Reset();
  decoders_.clear();
}

napi_value BatchDecoder::decoderFor(Napi::Env env, const std::vector<std::string>& columns,
                                    const std::string& kinds) {
  const std::string key = keyOf(columns, kinds);
  if (auto* found = decoders_.find(key)) return found->Value();
  auto names = Napi::Array::New(env, columns.size());
  for (size_t i = 0; i < columns.size(); i++) {
    names.Set(static_cast<uint32_t>(i), Napi::String::New(env, columns[i]));
  }
  const auto made = rowDecoder_.Call({names, Napi::String::New(env, kinds)}).As<Napi::Function>();
  decoders_.insert(key, Napi::Persistent(made), 1);
  return made;
}

void BatchDecoder::decode(Napi::Env env, napi_value rows, const std::vector<std::string>& columns,
                          const ColumnarBatch& batch) {
  const Napi::HandleScope scope(env);
  auto numbers = numbers_.Value();
  auto types = types_.Value();
  std::memcpy(numbers.Data(), batch.numbers.data(), batch.numbers.size() * sizeof(double));
  if (batch.isMixed()) std::memcpy(types.Data(), batch.types.data(), batch.types.size());
  const std::array<napi_value, 6> arguments = {
      rows,
      Napi::Number::New(env, static_cast<double>(batch.rows)),
      numbers,
      types,
      textOf(env, batch),
      othersOf(env, batch)};
  napi_value ignored = nullptr;
  check(env, napi_call_function(env, undefined(env), decoderFor(env, columns, batch.kinds),
                                arguments.size(), arguments.data(), &ignored));
}

}  // namespace fsdb
