// From what people type into a search box to a query of FTS5.
//
// Words must all be there; "words in quotes" stand together; a star behind a word, or behind the
// quotes, means that it may go on. All else is text: there is nothing that is wrong, and nothing
// that FTS5 would take for its own syntax.
#pragma once

#include <string>
#include <string_view>

namespace fsdb {

// How long a search may be: FTS5 looks for each word.
inline constexpr size_t kMaxSearchBytes = 10'000;

// Empty if there is nothing to look for.
std::string compileSearch(std::string_view text);

}  // namespace fsdb
