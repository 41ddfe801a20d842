// Decides which paths below a source's directory are its files.
//
// Globs have picomatch's meaning with dot: true: `**`, `*`, `?`, `{a,b}`, `[a-z]`, a leading `!`.
// They are matched against the whole path relative to the directory, '/' between components.
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
  // An empty `include` means every supported extension: **/*.{json,prompty,md,yaml,yml}.
  // `exclude` is added to what is always left out: names that start with a dot, node_modules,
  // editors' backups and temporaries (*~, *.swp, *.swx, 4913, *.tmp), SQLite files (*.db,
  // *.sqlite, *.sqlite3 and their -wal, -shm, -journal, -lock).
  // A pattern that starts with '!' takes back what earlier patterns of its list matched.
  // kParse: a pattern is not valid; the message quotes it.
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
