// Finds the front matter of a Markdown or Prompty file: the YAML between two lines that are exactly
// "---" (or that with a CR), of which the first is the first line of the file.
//
// A rule of the same look further down, "---" inside a line, and +++ (TOML, in other programs) are
// text. Splitting by a regular expression, as others do, finds front matter in the middle of files
// and cuts values that contain " --- ".
#pragma once

#include <string_view>

#include "base/result.h"

namespace fsdb {

struct FrontMatter {
  bool found = false;
  std::string_view yaml;  // between the two lines; empty if there is none
  std::string_view body;  // behind them, verbatim; the whole text if there is none
};

enum class LeadingBlankLines { kAreText, kAreSkipped };

// `text` is without byte order mark. kParse if the second line is missing.
Result<FrontMatter> splitFrontMatter(std::string_view text, LeadingBlankLines blankLines);

}  // namespace fsdb
