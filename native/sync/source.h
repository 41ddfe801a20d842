// A folder whose files are the documents of one type.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/path_filter.h"
#include "parse/json_path.h"

namespace fsdb {

// As the user writes it; see SourceOptions in lib/.
struct SourceConfig {
  std::string type;
  std::string directory;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::string id = "path";  // "path", "stem" or a JSON path
  std::string name;         // a JSON path; empty: name, then title, then the file's stem
  std::vector<std::string> require;
  bool followSymlinks = false;
  int64_t maxFileBytes = 16 << 20;

  friend bool operator==(const SourceConfig&, const SourceConfig&) = default;
};

enum class WatchMode : uint8_t { kOff, kAuto, kPoll };

struct SyncConfig {
  std::vector<SourceConfig> sources;
  std::chrono::milliseconds debounce{500};
  std::chrono::milliseconds maxWait{2000};
  WatchMode watch = WatchMode::kAuto;
  std::chrono::milliseconds pollInterval{1000};
  int threads = 0;  // 0: as many as there are cores, at most kMaxThreads

  friend bool operator==(const SyncConfig&, const SyncConfig&) = default;
};

inline constexpr int kMaxThreads = 8;

// A SourceConfig, checked and compiled.
struct Source {
  // `keepOut` are paths below the directory that are never the source's: the database itself.
  // kParse: a glob or a JSON path is wrong; the message names the option.
  static Result<Source> create(const SourceConfig& config, const std::vector<std::string>& keepOut);

  SourceConfig config;
  PathFilter filter;
  std::optional<JsonPath> idPath;  // nullopt: from the path
  std::vector<JsonPath> namePaths;
  std::vector<JsonPath> required;
};

// What a document of this source is called, from its path and its content.
struct DocumentNames {
  std::string id;
  std::string name;
};
// kParse: the id's JSON path leads to nothing, or something required is missing.
Result<DocumentNames> nameDocument(const Source& source, const std::string& path,
                                   std::string_view json);

// What the documents of a source depend on beside their files: its options, and how this program
// parses. Differs from the stored one: the files have to be parsed again.
std::string fingerprintOf(const SourceConfig& config);

// Where save() puts a new document: the id with the first extension that the filter includes, the
// formats in the order .json, .yaml, .yml, .md, .prompty. nullopt if the filter includes none, or
// the id is not a path.
std::optional<std::string> pathForNewDocument(const Source& source, const std::string& id);

}  // namespace fsdb
