// What the fuzz targets share: properties, checked without GoogleTest.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parse/document_parser.h"
#include "parse/document_writer.h"
#include "parse/json_checker.h"
#include "parse/json_members.h"
#include "parse/json_string.h"

// libfyaml 0.7.12 leaks a buffer for a few odd scalars, such as one of only doubled single quotes.
// The GoogleTests, which look for leaks, stay away from those.
extern "C" __attribute__((used, visibility("default"))) const char* __asan_default_options() {
  return "detect_leaks=0";
}

namespace fsdb {

// Ends the process with both texts if `holds` is false.
inline void require(bool holds, const char* promise, std::string_view a = {},
                    std::string_view b = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n[%.*s]\n[%.*s]\n", promise, static_cast<int>(a.size()),
               a.data(), static_cast<int>(b.size()), b.data());
  std::abort();
}

// `json` with every string written the one way that appendJsonString() has.
inline std::string withCanonicalStrings(std::string_view json) {
  std::string canonical;
  for (size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      canonical += json[at++];
      continue;
    }
    const size_t end = endOfJsonValue(json, at);
    appendJsonString(canonical, decodeJsonString(json.substr(at + 1, end - at - 2)));
    at = end;
  }
  return canonical;
}

// Whatever parsing gives is valid and minified JSON, or an error with a place in the file.
inline void checkOutcome(const Result<std::string>& result) {
  if (!result) {
    const Error& error = result.error();
    require(error.code == ErrorCode::kParse || error.code == ErrorCode::kLimit,
            "errors are kParse or kLimit", error.message);
    require(error.line >= 1 && error.column >= 1 && !error.message.empty(),
            "errors have a message, a line and a column", error.message);
    return;
  }
  require(!findJsonError(*result), "the result is valid JSON", *result);
  const Result<std::string> again = parseDocument(FileFormat::kJson, *result);
  require(again.ok() && *again == *result, "the result is minified", *result);
}

// What was parsed can be written as `format`, and is the same when it is parsed again.
inline void checkRoundTrip(FileFormat format, const std::string& json) {
  const Result<std::string> text = formatDocument(format, json);
  require(text.ok(), "what was parsed can be written", json);
  const Result<std::string> again = parseDocument(format, *text);
  require(again.ok() && withCanonicalStrings(*again) == withCanonicalStrings(json),
          "format and parse are inverse", *text, again.ok() ? *again : again.error().message);
}

inline void checkFormat(FileFormat format, std::string_view bytes) {
  const Result<std::string> result = parseDocument(format, bytes);
  checkOutcome(result);
  if (result) checkRoundTrip(format, *result);
}

}  // namespace fsdb
