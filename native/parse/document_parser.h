// From the bytes of a file to a JSON document, or to an error that says where and what.
//
// Pure: no files, no clock, no state. Any number of threads may parse at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fsdb {

enum class FileFormat : uint8_t { kJson, kYaml, kPrompty, kMarkdown };

// By extension, without regard to case: .json, .yaml and .yml, .prompty, .md; nullopt for others.
std::optional<FileFormat> formatOf(std::string_view path);

// How deep a document may nest: SQLite's own limit for JSON, so that what is stored can be queried.
// Source: https://www.sqlite.org/json1.html ("JSON_MAX_DEPTH").
inline constexpr int kMaxDepth = 1000;

// Parses `bytes` and returns the document as minified JSON: UTF-8, numbers and the order of keys as
// written. A byte order mark is skipped. JSON and YAML files become their own value; Prompty and
// Markdown become {...front matter, "content": body}, the body verbatim, and Prompty bodies with
// role markers also get "messages": [{ role, content }]. References such as ${env:X} stay text.
//
// kParse: `bytes` are not valid (message, line, column; also invalid UTF-8, UTF-16, an empty file,
// a duplicate key, a key "content" in front matter, or a key "messages" where the body has role
// markers, front matter without its end or that is no mapping). kLimit: nested deeper than
// kMaxDepth, or more YAML nodes than allowed.
Result<std::string> parseDocument(FileFormat format, std::string_view bytes);

}  // namespace fsdb
