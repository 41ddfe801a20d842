// What the table `documents` and the errors should say of a folder: walks it with std::filesystem,
// reads every file, and knows nothing of the product's scanner, filter or parser.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "database/support/plain_documents.h"

namespace fsdb {

// A row of `documents`, as far as the folder decides it.
struct PlainRow {
  std::string path;
  std::string document;

  friend bool operator==(const PlainRow&, const PlainRow&) = default;
};

using PlainRows = std::map<std::string, PlainRow>;  // by id

struct PlainFile {
  std::string path;
  std::optional<std::string> document;  // nullopt: it is an error
  int64_t modifiedMs = 0;
};

class PlainFolder {
 public:
  explicit PlainFolder(std::string root) : root_(std::move(root)) { walk(root_, ""); }

  // What is wrong with `rows` and `errors` (messages by path); empty: nothing.
  std::string compare(PlainRows rows, const std::map<std::string, std::string>& errors) const {
    std::string wrong;
    std::set<std::string> expectedErrors;
    for (const auto& [id, files] : byId_) {
      const auto row = rows.find(id);
      wrong += compareOne(id, files, row == rows.end() ? nullptr : &row->second, expectedErrors);
      if (row != rows.end()) rows.erase(row);
    }
    for (const auto& [id, row] : rows) wrong += "row without a file: " + row.path + "\n";
    for (const auto& path : expectedErrors) {
      if (!errors.contains(path)) wrong += "error not reported: " + path + "\n";
    }
    for (const auto& [path, message] : errors) {
      if (!expectedErrors.contains(path)) wrong += "error without a reason: " + message + "\n";
    }
    return wrong;
  }

  size_t files() const { return files_; }

 private:
  // A broken file keeps its last good row, if it had one; of several files with one id the one
  // that was modified last has the row, the others are errors.
  static std::string compareOne(const std::string& id, const std::vector<PlainFile>& files,
                                const PlainRow* row, std::set<std::string>& errors) {
    std::vector<const PlainFile*> valid;
    for (const auto& file : files) {
      if (file.document) {
        valid.push_back(&file);
      } else {
        errors.insert(file.path);
      }
    }
    if (valid.empty()) return "";
    const auto later = [](const PlainFile* a, const PlainFile* b) {
      return a->modifiedMs != b->modifiedMs ? a->modifiedMs > b->modifiedMs : a->path < b->path;
    };
    const PlainFile* winner = *std::min_element(valid.begin(), valid.end(), later);
    if (!row) return "row missing: " + id + "\n";
    // Whether a broken file's last good content wins depends on when that was.
    const bool isBrokenOnes = valid.size() < files.size() &&
                              std::any_of(files.begin(), files.end(), [&](const PlainFile& file) {
                                return !file.document && file.path == row->path;
                              });
    for (const auto* file : valid) {
      if (isBrokenOnes || file != winner) errors.insert(file->path);
    }
    if (isBrokenOnes) return "";
    if (row->path != winner->path) {
      return id + " comes from " + row->path + " instead of " + winner->path + "\n";
    }
    if (row->document != *winner->document) {
      return winner->path + ": row " + row->document.substr(0, 80) + ", file " +
             winner->document->substr(0, 80) + "\n";
    }
    return "";
  }

  void walk(const std::filesystem::path& directory, const std::string& prefix) {
    std::error_code gone;
    for (std::filesystem::directory_iterator it(directory, gone), end; !gone && it != end;
         it.increment(gone)) {
      const std::string name = it->path().filename().string();
      if (name.starts_with('.') || name == "node_modules") continue;
      std::error_code missing;
      const auto status = it->symlink_status(missing);
      if (std::filesystem::is_directory(status)) {
        walk(it->path(), prefix + name + "/");
      } else if (std::filesystem::is_regular_file(status)) {
        addFile(it->path(), prefix + name);
      }
    }
  }

  void addFile(const std::filesystem::path& path, const std::string& relative) {
    static const std::set<std::string> kExtensions{".json", ".yaml", ".yml", ".md", ".prompty"};
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!kExtensions.contains(extension)) return;
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return;
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    files_++;
    const std::string id = relative.substr(0, relative.size() - extension.size());
    byId_[id].push_back({relative, plainDocument(extension, text),
                         about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000});
  }

  const std::string root_;
  std::map<std::string, std::vector<PlainFile>> byId_;
  size_t files_ = 0;
};

}  // namespace fsdb
