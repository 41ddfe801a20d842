#include "fuzz_support.h"
#include "parse/json_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fsdb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<std::string> result = parseJson(text);
  require(result.ok() == !findJsonError(text), "the fast parser and the checker agree", text);
  checkFormat(FileFormat::kJson, text);
  if (!result) return 0;
  checkRoundTrip(FileFormat::kYaml, *result);
  const std::string markdown = "{\"front\":" + *result + ",\"content\":\"---\\n\"}";
  if (parseDocument(FileFormat::kJson, markdown).ok()) {
    checkRoundTrip(FileFormat::kMarkdown, markdown);
  }
  return 0;
}
