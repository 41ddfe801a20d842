#include "documents/search_text.h"

#include <algorithm>

namespace fsdb {
namespace {

bool isSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

// FTS5 text ends at a NUL, and takes two quotes for one.
void appendPhrase(std::string& query, std::string_view phrase, bool prefix) {
  if (std::all_of(phrase.begin(), phrase.end(), [](char c) { return isSpace(c) || c == '*'; })) {
    return;
  }
  if (!query.empty()) query += ' ';
  query += '"';
  for (const char c : phrase) {
    if (c == '"') query += '"';
    query += c == '\0' ? ' ' : c;
  }
  query += prefix ? "\"*" : "\"";
}

}  // namespace

std::string compileSearch(std::string_view text) {
  std::string query;
  size_t at = 0;
  while (at < text.size()) {
    if (isSpace(text[at])) {
      at++;
      continue;
    }
    const bool quoted = text[at] == '"';
    // A quote that is never closed reaches to the end.
    size_t end = at + 1;
    while (end < text.size() && (quoted ? text[end] != '"' : !isSpace(text[end]))) end++;
    std::string_view phrase = text.substr(at, end - at);
    if (quoted) {
      phrase.remove_prefix(1);
      end = std::min(end + 1, text.size());
    }
    bool prefix = false;
    if (quoted && end < text.size() && text[end] == '*') {
      prefix = true;
      end++;
    } else if (!quoted && phrase.ends_with('*')) {
      prefix = true;
      phrase.remove_suffix(1);
    }
    appendPhrase(query, phrase, prefix);
    at = end;
  }
  return query;
}

}  // namespace fsdb
