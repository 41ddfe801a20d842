// From a JSON document to the bytes of a file: the inverse of parseDocument().
//
// Pure. Any number of threads may call it at once.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "parse/document_parser.h"

namespace fsdb {

// `json` is a valid document. JSON is indented by two spaces and ends with a newline; YAML is block
// style; Prompty and Markdown get their front matter and the text of "content" as the body
// ("messages", which parsing derives, is left out for Prompty when the body yields the same).
// What nests deeper than 64 levels stays on one line.
// parseDocument(format, formatDocument(format, json)) is `json`, with its strings in their shortest
// form and, for Prompty and Markdown, with "content" and "messages" last.
// kParse: the document cannot be written in this format, e.g. Markdown without a text "content";
// the message says what it needs.
Result<std::string> formatDocument(FileFormat format, std::string_view json);

}  // namespace fsdb
