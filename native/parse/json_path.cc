#include "parse/json_path.h"

#include <charconv>

#include "parse/json_members.h"
#include "parse/json_string.h"
#include "parse/text.h"

namespace fsdb {
namespace {

constexpr std::string_view kEndOfBareKey = ".[]\"";

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  Result<std::vector<JsonPath::Step>> run() {
    if (text_.empty()) return fail("expected a key");
    // A lone $, or $ before a step, is the document; any other is the start of a key: $schema.
    const bool rooted =
        text_[0] == '$' && (text_.size() == 1 || text_[1] == '.' || text_[1] == '[');
    if (rooted) at_ = 1;
    if (!rooted && text_[0] != '[') FSDB_TRY(key());
    while (at_ < text_.size()) FSDB_TRY(step());
    return std::move(steps_);
  }

 private:
  Result<void> step() {
    if (text_[at_] == '[') return index();
    if (text_[at_] != '.') return fail("expected '.' or '['");
    at_++;
    return key();
  }

  Result<void> key() {
    if (at_ < text_.size() && text_[at_] == '"') return quotedKey();
    const size_t end = std::min(text_.find_first_of(kEndOfBareKey, at_), text_.size());
    if (end == at_) return fail("expected a key");
    steps_.emplace_back(std::string(text_.substr(at_, end - at_)));
    at_ = end;
    return {};
  }

  // A backslash stands before a quote or a backslash that belong to the key.
  Result<void> quotedKey() {
    std::string key;
    for (at_++; at_ < text_.size() && text_[at_] != '"'; at_++) {
      if (text_[at_] == '\\') at_++;
      if (at_ < text_.size()) key += text_[at_];
    }
    if (at_ >= text_.size()) return fail("expected '\"' at the end of the key");
    at_++;
    steps_.emplace_back(std::move(key));
    return {};
  }

  Result<void> index() {
    size_t index = 0;
    const char* const start = text_.data() + at_ + 1;
    const char* const last = text_.data() + text_.size();
    const auto [end, error] = std::from_chars(start, last, index);
    if (error != std::errc()) return fail("expected an index such as [0]");
    if (end == last || *end != ']') return fail("expected ']' behind the index");
    at_ = static_cast<size_t>(end + 1 - text_.data());
    steps_.emplace_back(index);
    return {};
  }

  Error fail(const std::string& message) const {
    return errorWith(ErrorCode::kParse, "parse path " + std::string(text_) + ": " + message +
                                            " at character " +
                                            std::to_string(std::min(at_, text_.size()) + 1));
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<JsonPath::Step> steps_;
};

bool isKey(std::string_view raw, std::string_view key) {
  if (raw.find('\\') == std::string_view::npos) return raw == key;
  return decodeJsonString(raw) == key;
}

std::optional<std::string_view> findMember(std::string_view object, std::string_view key) {
  for (JsonMembers members(object); members.next();) {
    if (isKey(members.key(), key)) return members.value();
  }
  return std::nullopt;
}

std::optional<std::string_view> findElement(std::string_view array, size_t index) {
  for (JsonMembers elements(array); elements.next(); index--) {
    if (index == 0) return elements.value();
  }
  return std::nullopt;
}

std::optional<std::string_view> find(std::string_view json, const JsonPath& path) {
  std::optional<std::string_view> value = json;
  for (const JsonPath::Step& step : path.steps()) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      value = value->front() == '{' ? findMember(*value, *key) : std::nullopt;
    } else {
      value = value->front() == '[' ? findElement(*value, std::get<size_t>(step)) : std::nullopt;
    }
    if (!value) break;
  }
  return value;
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  Result<std::vector<Step>> steps = PathParser(text).run();
  if (!steps) return std::move(steps).error();
  JsonPath path;
  path.steps_ = *std::move(steps);
  return path;
}

std::optional<std::string> JsonPath::toSqlite() const {
  std::string path = "$";
  for (const Step& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (key->find('"') != std::string::npos) return std::nullopt;
      path += '.';
      // A label with a backslash is compared as JSON text, where it is written twice.
      appendJsonString(path, *key);
    } else {
      path += '[' + std::to_string(std::get<size_t>(step)) + ']';
    }
  }
  return path;
}

std::optional<std::string> findText(std::string_view json, const JsonPath& path) {
  const std::optional<std::string_view> value = find(json, path);
  if (!value) return std::nullopt;
  switch (value->front()) {
    case '"':
      return decodeJsonString(value->substr(1, value->size() - 2));
    case '{':
    case '[':
    case 'n':
      return std::nullopt;
    default:
      return std::string(*value);
  }
}

bool isPresent(std::string_view json, const JsonPath& path) {
  const std::optional<std::string_view> value = find(json, path);
  return value && *value != "null" && *value != "\"\"" && *value != "[]" && *value != "{}";
}

}  // namespace fsdb
