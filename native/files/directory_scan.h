// Looks at one directory of a source: which files and directories in it belong to the source.
//
// Threads: one each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/scanner.h"

namespace fsdb {

// What stands in one directory.
struct DirectoryContent {
  std::vector<ScannedFile> files;        // sorted
  std::vector<std::string> directories;  // paths of those to enter, sorted as "<path>/" sorts
  std::vector<ScanProblem> problems;
  std::vector<std::string> symlinks;
  bool listed = false;
};

class DirectoryScan {
 public:
  // Both must outlive this object.
  DirectoryScan(const Scanner::Source& source, Watcher* watcher)
      : source_(source), watcher_(watcher) {}

  // Watches the directory, then lists it.
  DirectoryContent list(const std::string& directory);

  // Only the entry `path`.
  DirectoryContent look(const std::string& path);

 private:
  void visit(const std::string& name, unsigned char type);
  void visitByStat(const std::string& name);
  void addDirectory();
  void addLink();
  void addShared();
  void addWatched(int fileFd);
  void addFile(const struct statx& raw);
  void addProblem(Error error, bool isDirectory);
  void addStatError(Error error);
  void begin(const std::string& directory, UniqueFd fd);
  DirectoryContent finish();

  const Scanner::Source& source_;
  Watcher* const watcher_;
  std::vector<char> buffer_;
  UniqueFd fd_;
  std::string path_;              // of the entry that is looked at
  size_t prefix_ = 0;             // how much of it is the directory's
  std::optional<Error> blocked_;  // the directory can be listed but not searched
  DirectoryContent content_;
};

// Does "<left>/" sort before "<right>/"?
bool directoryLess(std::string_view left, std::string_view right);

}  // namespace fsdb
