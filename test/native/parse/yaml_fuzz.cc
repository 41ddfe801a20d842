#include "fuzz_support.h"
#include "parse/text.h"
#include "parse/yaml_subset.h"

namespace fsdb {
namespace {

void compareParsers(std::string_view yaml, const YamlRules& rules) {
  std::string fast;
  if (!checkUtf8(yaml) || !parseYamlSubset(yaml, rules, fast)) return;
  const Result<std::string> full = parseYamlFully(yaml, yaml, rules);
  require(full.ok(), "libfyaml accepts what the subset accepts", yaml, fast);
  require(*full == fast, "libfyaml reads the subset alike", fast, *full);
}

// Random bytes are rarely YAML; pieces of YAML in random order often are.
std::string assemble(std::string_view data) {
  static constexpr const char* kPieces[] = {
      "a",     "b",    "key",  ":",       ": ",  "\n",   "\n",   "\n  ", "\n- ", "\n  - ", "\n    ",
      "- ",    "-",    " ",    "  ",      "\"",  "'",    "''",   "\\n",  "\\\"", "[",      "]",
      ", ",    ",",    "#",    " #",      "|",   "|-",   "|\n",  "0",    "1",    "-1",     "1.5",
      "~",     "null", "true", "{}",      "{",   "}",    "\r\n", "\r",   "\t",   "é",      "x y",
      "---",   "...",  "?",    "? ",      "&a ", "*a",   "!t ",  "%",    "@",    "`",      "<<",
      ">",     "=",    "/",    "$",       "(",   "+",    "0x1F", ".5",   ".inf", "a: b",   "\na: ",
      "\nb: ", "\nc:", "\n\n", "\n---\n", "\\",  "\n   "};
  std::string text;
  for (const char c : data) text += kPieces[static_cast<unsigned char>(c) % std::size(kPieces)];
  return text;
}

void check(std::string_view yaml) {
  compareParsers(yaml, {});
  compareParsers(yaml, {true, {"key"}});
  checkFormat(FileFormat::kYaml, yaml);
}

}  // namespace
}  // namespace fsdb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 0 && (data[0] & 0x80) != 0) {
    fsdb::check(fsdb::assemble(text.substr(1)));
  } else {
    fsdb::check(text);
  }
  return 0;
}
