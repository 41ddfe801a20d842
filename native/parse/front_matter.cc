#include "parse/front_matter.h"

#include <algorithm>

#include "parse/text.h"

namespace fsdb {
namespace {

constexpr std::string_view kFence = "---";

// The line at `at` with its line break.
std::string_view lineAt(std::string_view text, size_t at) {
  const size_t end = text.find('\n', at);
  return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

bool isFence(std::string_view line) {
  if (line.substr(0, kFence.size()) != kFence) return false;
  const std::string_view rest = line.substr(kFence.size());
  return rest.empty() || rest == "\n" || rest == "\r\n" || rest == "\r";
}

size_t skipBlankLines(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view line = lineAt(text, at);
    if (line.find_first_not_of(" \t\r\n") != std::string_view::npos) return at;
    at += line.size();
  }
  return 0;
}

// The start of the first line from `at` on that is a fence; npos if there is none.
size_t findFence(std::string_view text, size_t at) {
  while (true) {
    at = text.find(kFence, at);
    if (at == std::string_view::npos) return at;
    if (text[at - 1] == '\n' && isFence(lineAt(text, at))) return at;
    at++;
  }
}

}  // namespace

Result<FrontMatter> splitFrontMatter(std::string_view text, LeadingBlankLines blankLines) {
  const size_t open = blankLines == LeadingBlankLines::kAreSkipped ? skipBlankLines(text) : 0;
  const std::string_view opening = lineAt(text, open);
  if (!isFence(opening)) return FrontMatter{false, {}, text};
  const size_t start = open + opening.size();
  const size_t close = start < text.size() ? findFence(text, start) : std::string_view::npos;
  if (close == std::string_view::npos) {
    return errorAt(text, open, "parse front matter: there is no line \"---\" that ends it");
  }
  const size_t body = close + lineAt(text, close).size();
  return FrontMatter{true, text.substr(start, close - start), text.substr(body)};
}

}  // namespace fsdb
