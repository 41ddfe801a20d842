// JSON to YAML as people write it: block style, strings without quotes where that is safe, texts
// of several lines as literal blocks. parseYaml() gives the same JSON again.
#pragma once

#include <string>
#include <string_view>

namespace fsdb {

// From this level on, values are written on one line, as JSON (which is YAML). The indentation of
// deeper levels would make a small document gigabytes.
inline constexpr int kMaxIndentedLevels = 64;

// `json` is a document as parseDocument() returns it. The result ends with a newline.
std::string writeYaml(std::string_view json);

}  // namespace fsdb
