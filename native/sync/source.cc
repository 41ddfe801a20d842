#include "sync/source.h"

#include <array>
#include <utility>

namespace fsdb {
namespace {

Result<JsonPath> parsePath(const std::string& type, const char* option, const std::string& text) {
  auto path = JsonPath::parse(text);
  if (path) return path;
  Error error = std::move(path).error();
  error.message = "sources." + type + "." + option + ": " + error.message;
  return error;
}

// A glob that matches exactly `path`.
std::string literalGlob(const std::string& path) {
  std::string glob;
  for (const char c : path) {
    if (std::string_view("\\*?[]{}!(),").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

std::string_view stemOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.substr(0, path.rfind('.'));
}

std::string_view withoutExtension(std::string_view path) {
  const size_t dot = path.rfind('.');
  const size_t slash = path.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash))
    return path;
  return path.substr(0, dot);
}

// One way to write each path, so that one file has one path: "a//b" and "/a" are none.
bool isPlainPath(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Error missing(const std::string& path, const std::string& what) {
  Error error;
  error.code = ErrorCode::kParse;
  error.message = what;
  error.path = path;
  error.line = 1;
  error.column = 1;
  return error;
}

Result<PathFilter> createFilter(const SourceConfig& config,
                                const std::vector<std::string>& keepOut) {
  auto exclude = config.exclude;
  for (const auto& path : keepOut) exclude.push_back(literalGlob(path));
  auto filter = PathFilter::create(config.include, exclude);
  if (filter) return filter;
  Error error = std::move(filter).error();
  error.message = "sources." + config.type + ": " + error.message;
  return error;
}

}  // namespace

Result<Source> Source::create(const SourceConfig& config, const std::vector<std::string>& keepOut) {
  auto filter = createFilter(config, keepOut);
  if (!filter) return std::move(filter).error();

  Source source{config, std::move(filter).value(), std::nullopt, {}, {}};
  if (config.id != "path" && config.id != "stem") {
    auto path = parsePath(config.type, "id", config.id);
    if (!path) return std::move(path).error();
    source.idPath = std::move(path).value();
  }
  const std::vector<std::string> names =
      config.name.empty() ? std::vector<std::string>{"name", "title"} : std::vector{config.name};
  for (const auto& text : names) {
    auto path = parsePath(config.type, "name", text);
    if (!path) return std::move(path).error();
    source.namePaths.push_back(std::move(path).value());
  }
  for (const auto& text : config.require) {
    auto path = parsePath(config.type, "require", text);
    if (!path) return std::move(path).error();
    source.required.push_back(std::move(path).value());
  }
  return source;
}

Result<DocumentNames> nameDocument(const Source& source, const std::string& path,
                                   std::string_view json) {
  for (size_t i = 0; i < source.required.size(); i++) {
    if (isPresent(json, source.required[i])) continue;
    return missing(path, "required field " + source.config.require[i] + " is missing or empty");
  }
  DocumentNames names;
  if (source.idPath) {
    auto id = findText(json, *source.idPath);
    if (!id || id->empty()) return missing(path, "id " + source.config.id + " is missing or empty");
    names.id = std::move(*id);
  } else {
    names.id = source.config.id == "stem" ? stemOf(path) : withoutExtension(path);
  }
  for (const auto& candidate : source.namePaths) {
    auto name = findText(json, candidate);
    if (!name || name->empty()) continue;
    names.name = std::move(*name);
    return names;
  }
  names.name = stemOf(path);
  return names;
}

std::string fingerprintOf(const SourceConfig& config) {
  // Counts up with every change of what a parser makes of a file.
  constexpr int kParserVersion = 1;
  std::string fingerprint = std::to_string(kParserVersion) + '\n' + config.id + '\n' + config.name +
                            '\n' + std::to_string(config.maxFileBytes);
  for (const auto& required : config.require) fingerprint += '\n' + required;
  return fingerprint;
}

std::optional<std::string> pathForNewDocument(const Source& source, const std::string& id) {
  static constexpr std::array<const char*, 5> kExtensions{".json", ".yaml", ".yml", ".md",
                                                          ".prompty"};
  // An empty component ("/a", "a//b", "a/") names no file below the directory.
  if (id.starts_with('/') || id.ends_with('/') || id.find("//") != std::string::npos ||
      id.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  if (!isPlainPath(id)) return std::nullopt;
  for (const char* extension : kExtensions) {
    std::string path = id + extension;
    if (source.filter.includesFile(path)) return path;
  }
  return std::nullopt;
}

}  // namespace fsdb
