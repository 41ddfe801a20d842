#include "parse/prompty_messages.h"

#include <algorithm>

#include "parse/json_string.h"

namespace fsdb {
namespace {

constexpr std::string_view kRoles[] = {"system",    "user",     "assistant",
                                       "developer", "function", "tools"};
constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

bool startsWithIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b | 0x20 : b); });
}

// The role that the line is a marker of; empty if it is text.
std::string_view roleOf(std::string_view line) {
  line = trimmed(line);
  if (line.size() < 5 || line.back() != ':') return {};
  line = trimmed(line.substr(0, line.size() - 1));
  if (!line.empty() && line[0] == '#') line = trimmed(line.substr(1));
  for (const std::string_view role : kRoles) {
    if (!startsWithIgnoringCase(line, role)) continue;
    const std::string_view rest = trimmed(line.substr(role.size()));
    const bool attributes = rest.size() > 2 && rest.front() == '[' && rest.back() == ']' &&
                            rest.find(']') == rest.size() - 1;
    if (rest.empty() || attributes) return role;
  }
  return {};
}

void appendMessage(std::string& json, std::string_view role, std::string_view content) {
  json += json.empty() ? "[{\"role\":\"" : ",{\"role\":\"";
  json += role;
  json += "\",\"content\":";
  appendJsonString(json, trimmed(content));
  json += '}';
}

}  // namespace

std::string promptyMessages(std::string_view body) {
  std::string json;
  std::string_view role;
  size_t start = 0;  // of the content of `role`
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    const std::string_view next = roleOf(body.substr(at, end - at));
    const size_t lineStart = at;
    at = std::min(end + 1, body.size());
    if (next.empty()) continue;
    const std::string_view content = body.substr(start, lineStart - start);
    if (!role.empty()) {
      appendMessage(json, role, content);
    } else if (!trimmed(content).empty()) {
      appendMessage(json, "system", content);
    }
    role = next;
    start = at;
  }
  if (role.empty()) return {};
  appendMessage(json, role, body.substr(start));
  return json + ']';
}

}  // namespace fsdb
