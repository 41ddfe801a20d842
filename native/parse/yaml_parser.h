// YAML 1.2 to JSON.
//
// Most front matter uses little of YAML: that part is read directly (yaml_subset.h), and all the
// rest by libfyaml. What both read, they read alike; a fuzz target compares them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fsdb {

// How many nodes a document may have, where an alias counts as all that it stands for. With the
// limit on bytes it keeps a small file from becoming gigabytes ("billion laughs").
inline constexpr size_t kMaxYamlNodes = 1'000'000;
// What all aliases of a document may add, in bytes of JSON: as much as the largest file by default.
inline constexpr size_t kMaxAliasBytes = size_t{16} << 20;

struct YamlRules {
  bool frontMatter = false;                // only a mapping, or nothing, which is {}
  std::vector<std::string_view> reserved;  // keys that the outermost mapping must not have
};

// The JSON of the one document in `yaml`, which is a part of `file`; positions in errors are those
// of the file. A key that is not a string becomes one: a scalar as it is written, a collection as
// its JSON. `<<` is a key like any other. kParse if there is no document, or more than one.
Result<std::string> parseYaml(std::string_view file, std::string_view yaml,
                              const YamlRules& rules = {});

// The same by libfyaml alone. For parseYaml(), and for the fuzz target that compares the two.
Result<std::string> parseYamlFully(std::string_view file, std::string_view yaml,
                                   const YamlRules& rules = {});

}  // namespace fsdb
