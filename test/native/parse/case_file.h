// Reads tables of cases: files under test/cases/parse/.
//
//   # a comment
//   === the promise of the case
//   the input, any number of lines
//   >>> what is expected
//
// "=== [escaped] ..." means that the lines of the input are joined without line breaks and that
// \n, \r, \t, \\ and \xNN in them stand for bytes. Expected is either the value, or for an error
// "FSDB_PARSE 2:4 a part of the message".
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fsdb {

struct ParseCase {
  std::string name;
  std::string input;
  std::string expected;
};

inline std::string unescape(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n':
        bytes += '\n';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 't':
        bytes += '\t';
        break;
      case 'x':
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        bytes += text[i];
    }
  }
  return bytes;
}

inline std::vector<ParseCase> loadCases(const std::string& name) {
  std::ifstream file(std::string(FSDB_CASES_DIRECTORY) + "/parse/" + name);
  std::vector<ParseCase> cases;
  bool inInput = false;
  bool escaped = false;
  for (std::string line; std::getline(file, line);) {
    if (!inInput && line.substr(0, 4) == "=== ") {
      escaped = line.find("[escaped] ") == 4;
      cases.push_back({line.substr(escaped ? 14 : 4), "", ""});
      inInput = true;
    } else if (inInput && line.substr(0, 3) == ">>>") {
      cases.back().expected = line.size() > 4 ? line.substr(4) : "";
      inInput = false;
    } else if (inInput) {
      cases.back().input += escaped ? unescape(line) : line + "\n";
    }
  }
  return cases;
}

// As a case expects it. An error matches if the expectation is a prefix up to the position and the
// rest is a part of the message, so this gives the expectation itself when it is met.
inline std::string outcomeFor(const ParseCase& testCase, const Result<std::string>& result) {
  if (result) return *result;
  const Error& error = result.error();
  const std::string place = std::string(errorCodeName(error.code)) + ' ' +
                            std::to_string(error.line) + ':' + std::to_string(error.column) + ' ';
  if (testCase.expected.substr(0, place.size()) == place &&
      error.message.find(testCase.expected.substr(place.size())) != std::string::npos) {
    return testCase.expected;
  }
  return place + error.message;
}

}  // namespace fsdb
