// The part of YAML that nearly all front matter is written in, read directly and about fifteen
// times faster than by libfyaml: block mappings and block sequences, plain and quoted scalars on
// one line, literal blocks, and sequences of scalars in brackets.
//
// It knows one answer besides the JSON: "not mine". Whatever it is not sure of, errors included, is
// left to libfyaml, and what it does accept, libfyaml reads the same way: the fuzz target holds
// both to that.
#pragma once

#include <string>
#include <string_view>

#include "parse/yaml_parser.h"

namespace fsdb {

// `yaml` is valid UTF-8. True: it is all in `json`, which was empty. False: `json` is worthless.
bool parseYamlSubset(std::string_view yaml, const YamlRules& rules, std::string& json);

}  // namespace fsdb
