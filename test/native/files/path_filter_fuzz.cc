// libFuzzer: whatever the patterns, compiling and matching end soon, and a file that is included is
// never in a directory that is not entered.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "files/path_filter.h"

// The input is lines: patterns, of which those after a ">" line exclude, then after a second ">"
// paths.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> sections[3];
  size_t section = 0;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line == ">" && section < 2) {
      section++;
    } else {
      sections[section].emplace_back(line);
    }
  }
  const auto filter = fsdb::PathFilter::create(sections[0], sections[1]);
  if (!filter) return 0;
  for (const auto& path : sections[2]) {
    if (!filter->includesFile(path)) continue;
    for (size_t i = path.find('/'); i != std::string::npos; i = path.find('/', i + 1)) {
      if (!filter->entersDirectory(std::string_view(path).substr(0, i))) std::abort();
    }
  }
  return 0;
}
