#include "fuzz_support.h"
#include "parse/json_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fsdb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<JsonPath> path = JsonPath::parse(text);
  if (!path) return 0;
  std::string written = "$";
  std::string document = "\"found\"";
  for (const JsonPath::Step& step : path->steps()) {
    if (const auto* index = std::get_if<size_t>(&step)) {
      written += '[' + std::to_string(*index) + ']';
      continue;
    }
    written += ".\"";
    for (const char c : std::get<std::string>(step)) {
      if (c == '"' || c == '\\') written += '\\';
      written += c;
    }
    written += '"';
  }
  const Result<JsonPath> again = JsonPath::parse(written);
  require(again.ok() && again->steps() == path->steps(), "quoted keys are the same path", written);
  for (auto step = path->steps().rbegin(); step != path->steps().rend(); ++step) {
    if (const auto* key = std::get_if<std::string>(&*step)) {
      std::string object = "{";
      appendJsonString(object, *key);
      document = object + ":" + document + "}";
    } else if (std::get<size_t>(*step) == 0) {
      document = "[" + document + "]";
    } else {
      return 0;
    }
    if (document.size() > 100000) return 0;
  }
  require(findText(document, *path) == "found", "a path finds what stands at it", document);
  return 0;
}
