#include "fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fsdb::checkFormat(fsdb::FileFormat::kPrompty, {reinterpret_cast<const char*>(data), size});
  return 0;
}
