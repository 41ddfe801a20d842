// Decides which paths below a source's directory are its files.
//
// Globs have picomatch's meaning with dot: true: `**`, `*`, `?`, `{a,b}`, `{1..3}`, `[a-z]`,
// `[!a]`,
// `\` before a character that is meant itself, a leading `!`. They are matched against the whole
// path relative to the directory, '/' between components, upper and lower case told apart.
// Parentheses and '|' are refused rather than taken for something else than the reader meant.
//
// Threads: immutable after creation.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fsdb {

class PathFilter {
 public:
  // An empty `include` means every supported extension: **/*.{json,prompty,md,yaml,yml}, in upper
  // or lower case, as formats are recognised.
  // `exclude` is added to what is always left out: names that start with a dot, node_modules,
  // editors' backups and temporaries (*~, *.swp, *.swx, 4913, *.tmp), SQLite files (*.db,
  // *.sqlite, *.sqlite3 and their -wal, -shm, -journal, -lock, in upper or lower case).
  // A pattern that starts with '!' takes back what earlier patterns of its list matched; an
  // `include` that begins with one begins with the default. What leaves out a directory leaves out
  // all that is below it.
  // kParse, kLimit: a pattern is not valid; the message quotes it.
  static Result<PathFilter> create(const std::vector<std::string>& include,
                                   const std::vector<std::string>& exclude);
  PathFilter(PathFilter&&) noexcept;
  PathFilter& operator=(PathFilter&&) noexcept;
  ~PathFilter();

  // Is the file `path` one of the source's?
  bool includesFile(std::string_view path) const;

  // Can there be files of the source below the directory `path`? Never false for "".
  bool entersDirectory(std::string_view path) const;

 private:
  struct Rules;
  explicit PathFilter(std::unique_ptr<const Rules> rules);

  std::unique_ptr<const Rules> rules_;
};

}  // namespace fsdb
