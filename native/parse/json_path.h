// Paths into JSON documents, as users write them: `age`, `model.api`, `$.id`, `$."a.b"`, `tags[0]`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace fsdb {

class JsonPath {
 public:
  using Step = std::variant<std::string, size_t>;  // a key, or an index into an array

  // kParse if `text` is not a path; the message says what is expected where. In a quoted key a
  // backslash stands before a quote or a backslash; $schema is a key, $ and $.schema are rooted.
  static Result<JsonPath> parse(std::string_view text);

  const std::vector<Step>& steps() const { return steps_; }

  // As SQLite's JSON functions take it, every key quoted: $."model"."api"[0]. nullopt for a key
  // with a double quote in it, which SQLite cannot address.
  std::optional<std::string> toSqlite() const;

 private:
  std::vector<Step> steps_;
};

// What stands at `path` in `json`, a document as parseDocument() returns it: text as it is, numbers
// and booleans as they are written; nullopt for null, objects, arrays, and where there is nothing.
std::optional<std::string> findText(std::string_view json, const JsonPath& path);

// True if there is something at `path` other than null, "", [] and {}.
bool isPresent(std::string_view json, const JsonPath& path);

}  // namespace fsdb
