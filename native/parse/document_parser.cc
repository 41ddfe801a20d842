#include "parse/document_parser.h"

#include <array>
#include <utility>

#include "parse/front_matter.h"
#include "parse/json_parser.h"
#include "parse/json_string.h"
#include "parse/prompty_messages.h"
#include "parse/text.h"
#include "parse/yaml_parser.h"

namespace fsdb {
namespace {

bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower[i]) return false;
  }
  return true;
}

// {...front matter, "content": body, "messages": messages}
Result<std::string> parseWithBody(std::string_view text, LeadingBlankLines blankLines,
                                  bool withMessages) {
  Result<FrontMatter> parts = splitFrontMatter(text, blankLines);
  if (!parts) return std::move(parts).error();
  const std::string messages = withMessages ? promptyMessages(parts->body) : std::string();
  YamlRules rules{true, {"content"}};
  if (!messages.empty()) rules.reserved.push_back("messages");
  std::string json = "{}";
  if (parts->found) {
    Result<std::string> frontMatter = parseYaml(text, parts->yaml, rules);
    if (!frontMatter) return frontMatter;
    json = *std::move(frontMatter);
  }
  json.pop_back();
  if (json.size() > 1) json += ',';
  json += "\"content\":";
  appendJsonString(json, parts->body);
  if (!messages.empty()) {
    json += ",\"messages\":";
    json += messages;
  }
  json += '}';
  return json;
}

}  // namespace

std::optional<FileFormat> formatOf(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, FileFormat>, 5> kFormats = {
      {{"json", FileFormat::kJson},
       {"yaml", FileFormat::kYaml},
       {"yml", FileFormat::kYaml},
       {"prompty", FileFormat::kPrompty},
       {"md", FileFormat::kMarkdown}}};
  const size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] != '.') return std::nullopt;
  for (const auto& [extension, format] : kFormats) {
    if (equalsIgnoringCase(path.substr(dot + 1), extension)) return format;
  }
  return std::nullopt;
}

Result<std::string> parseDocument(FileFormat format, std::string_view bytes) {
  const Result<std::string_view> decoded = decodeText(bytes);
  if (!decoded) return decoded.error();
  const std::string_view text = *decoded;
  if (format == FileFormat::kJson) return parseJson(text);
  if (Result<void> valid = checkUtf8(text); !valid) return valid.error();
  switch (format) {
    case FileFormat::kYaml:
      return parseYaml(text, text);
    case FileFormat::kPrompty:
      return parseWithBody(text, LeadingBlankLines::kAreSkipped, true);
    default:
      return parseWithBody(text, LeadingBlankLines::kAreText, false);
  }
}

}  // namespace fsdb
