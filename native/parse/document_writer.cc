#include "parse/document_writer.h"

#include <utility>

#include "parse/front_matter.h"
#include "parse/json_members.h"
#include "parse/json_parser.h"
#include "parse/json_string.h"
#include "parse/prompty_messages.h"
#include "parse/text.h"
#include "parse/yaml_writer.h"

namespace fsdb {
namespace {

class JsonIndenter {
 public:
  std::string run(std::string_view json) {
    value(json, 0);
    text_ += '\n';
    return std::move(text_);
  }

 private:
  // Deeper than kMaxIndentedLevels it stays on one line, for the same reason as in YAML.
  void value(std::string_view json, int level) {
    const bool isContainer = json[0] == '{' || json[0] == '[';
    if (!isContainer || json.size() == 2 || level >= kMaxIndentedLevels) {
      text_ += json;
      return;
    }
    text_ += json[0];
    bool first = true;
    for (JsonMembers members(json); members.next(); first = false) {
      if (!first) text_ += ',';
      newLine(level + 1);
      if (json[0] == '{') {
        text_ += '"';
        text_ += members.key();
        text_ += "\": ";
      }
      value(members.value(), level + 1);
    }
    newLine(level);
    text_ += json.back();
  }

  void newLine(int level) {
    text_ += '\n';
    text_.append(static_cast<size_t>(level) * 2, ' ');
  }

  std::string text_;
};

// What a document is made of that becomes a file with a body.
struct Parts {
  std::string frontMatter = "{";  // JSON
  std::string body;
  bool hasBody = false;
  std::string_view messages;  // JSON, as in the document
};

Result<Parts> split(std::string_view json, bool withMessages, const std::string& format) {
  const auto fail = [&](const std::string& message) {
    return errorWith(ErrorCode::kParse, "write " + format + ": " + message);
  };
  if (json[0] != '{') return fail("the document must be an object");
  Parts parts;
  for (JsonMembers members(json); members.next();) {
    const std::string key = decodeJsonString(members.key());
    const std::string_view value = members.value();
    if (key == "content") {
      if (value[0] != '"') return fail("\"content\", the body of the file, must be a text");
      parts.body = decodeJsonString(value.substr(1, value.size() - 2));
      parts.hasBody = true;
    } else if (key == "messages" && withMessages) {
      parts.messages = value;
    } else {
      if (parts.frontMatter.size() > 1) parts.frontMatter += ',';
      appendJsonString(parts.frontMatter, key);
      parts.frontMatter += ':';
      parts.frontMatter += value;
    }
  }
  parts.frontMatter += '}';
  if (!parts.hasBody) return fail("the document needs a text \"content\", the body of the file");
  return parts;
}

// True if the body alone, as a file, is read as that body and nothing else.
bool standsAlone(FileFormat format, const std::string& body) {
  const Result<std::string_view> text = decodeText(body);
  if (!text || text->size() != body.size()) return false;
  const auto blankLines =
      format == FileFormat::kPrompty ? LeadingBlankLines::kAreSkipped : LeadingBlankLines::kAreText;
  const Result<FrontMatter> parts = splitFrontMatter(body, blankLines);
  return parts && !parts->found;
}

std::string join(FileFormat format, const Parts& parts) {
  if (parts.frontMatter != "{}") {
    return "---\n" + writeYaml(parts.frontMatter) + "---\n" + parts.body;
  }
  return standsAlone(format, parts.body) ? parts.body : "---\n---\n" + parts.body;
}

Result<std::string> writeMarkdown(std::string_view json) {
  const Result<Parts> parts = split(json, false, "Markdown");
  if (!parts) return parts.error();
  return join(FileFormat::kMarkdown, *parts);
}

Result<std::string> writePrompty(std::string_view json) {
  Result<Parts> parts = split(json, false, "Prompty");
  if (!parts) return std::move(parts).error();
  const std::string derived = promptyMessages(parts->body);
  // Without role markers "messages" is a key of the front matter like any other.
  if (derived.empty()) return join(FileFormat::kPrompty, *parts);
  parts = split(json, true, "Prompty");
  if (!parts->messages.empty() && parts->messages != derived) {
    return errorWith(ErrorCode::kParse,
                     "write Prompty: \"messages\" are not those in \"content\", which is what the "
                     "file holds; change \"content\" and leave \"messages\" out");
  }
  return join(FileFormat::kPrompty, *parts);
}

}  // namespace

Result<std::string> formatDocument(FileFormat format, std::string_view json) {
  const Result<std::string> document = parseJson(json);
  if (!document) return document.error();
  switch (format) {
    case FileFormat::kJson:
      return JsonIndenter().run(*document);
    case FileFormat::kYaml:
      return writeYaml(*document);
    case FileFormat::kPrompty:
      return writePrompty(*document);
    default:
      return writeMarkdown(*document);
  }
}

}  // namespace fsdb
