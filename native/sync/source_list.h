// The sources of a database and their directories, as far as they are there.
//
// Threads: the sync thread, but for check(). A scan reads from it on other threads meanwhile.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/root_directory.h"
#include "files/scanner.h"
#include "sync/look.h"
#include "sync/source.h"

namespace fsdb {

// A source and its directory.
struct SyncSource {
  Source source;
  std::unique_ptr<RootDirectory> root;  // null: missing
  bool seen = false;                    // it has been there since the process started
  std::vector<FileIdentity> excluded;   // the open database, whatever it is called there
};

class SourceList {
 public:
  // kParse: a glob or a path in `configs` is wrong.
  static Result<SourceList> create(const std::vector<SourceConfig>& configs,
                                   const std::string& databasePath);

  // Opens the directories that have come, gone, or come back. Returns what has to be looked at
  // because of it.
  std::vector<Look> refreshRoots();

  // Whole sources: that of `type`, or all.
  std::vector<Look> everything(const std::optional<std::string>& type, Effort effort) const;

  // Is everything looked at that can be?
  bool areCoveredBy(const std::vector<Look>& looks) const;

  std::optional<size_t> find(const std::string& type) const;

  // Which directories are missing, in words.
  std::vector<std::string> missing() const;

  const SyncSource& operator[](size_t number) const { return sources_[number]; }
  size_t size() const { return sources_.size(); }

 private:
  SourceList() = default;

  std::vector<SyncSource> sources_;
};

}  // namespace fsdb
