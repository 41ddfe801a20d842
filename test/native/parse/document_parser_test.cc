#include "parse/document_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "parse/case_file.h"
#include "parse/text.h"
#include "parse/yaml_parser.h"

namespace fsdb {
namespace {

struct Table {
  const char* file;
  FileFormat format;
  size_t atLeast;  // cases, so that a table that is not found does not pass
};

class DocumentTableTest : public testing::TestWithParam<Table> {};

// On the heap with its exact size, so that AddressSanitizer sees a read beyond the end.
Result<std::string> parseExactly(FileFormat format, const std::string& input) {
  const std::unique_ptr<char[]> bytes(new char[input.size()]);
  std::copy(input.begin(), input.end(), bytes.get());
  return parseDocument(format, {bytes.get(), input.size()});
}

TEST_P(DocumentTableTest, GivesTheDocumentOrTheErrorWithItsPlace) {
  const std::vector<ParseCase> cases = loadCases(GetParam().file);

  ASSERT_GE(cases.size(), GetParam().atLeast);
  for (const ParseCase& testCase : cases) {
    EXPECT_EQ(outcomeFor(testCase, parseExactly(GetParam().format, testCase.input)),
              testCase.expected)
        << testCase.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DocumentTableTest,
                         testing::Values(Table{"json.txt", FileFormat::kJson, 65},
                                         Table{"yaml.txt", FileFormat::kYaml, 45},
                                         Table{"markdown.txt", FileFormat::kMarkdown, 28},
                                         Table{"prompty.txt", FileFormat::kPrompty, 20}),
                         [](const auto& info) {
                           const std::string file = info.param.file;
                           return file.substr(0, file.find('.'));
                         });

TEST(DocumentParserTest, LibfyamlAloneReadsEveryYamlCaseAlike) {
  for (const ParseCase& testCase : loadCases("yaml.txt")) {
    const Result<std::string_view> text = decodeText(testCase.input);
    if (!text || !checkUtf8(*text)) continue;

    EXPECT_EQ(outcomeFor(testCase, parseYamlFully(*text, *text)), testCase.expected)
        << testCase.name;
  }
}

TEST(DocumentParserTest, KnowsFormatsByTheirExtension) {
  EXPECT_EQ(formatOf("a/b.json"), FileFormat::kJson);
  EXPECT_EQ(formatOf("B.YAML"), FileFormat::kYaml);
  EXPECT_EQ(formatOf("b.yml"), FileFormat::kYaml);
  EXPECT_EQ(formatOf("x.y.Prompty"), FileFormat::kPrompty);
  EXPECT_EQ(formatOf("README.md"), FileFormat::kMarkdown);
  EXPECT_EQ(formatOf("a.json/b"), std::nullopt);
  EXPECT_EQ(formatOf("json"), std::nullopt);
  EXPECT_EQ(formatOf("a.jsonl"), std::nullopt);
  EXPECT_EQ(formatOf(""), std::nullopt);
}

std::string repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; i++) result += text;
  return result;
}

TEST(DocumentParserTest, TakesAThousandLevelsAndNoMore) {
  const std::string deep = repeat("[", kMaxDepth) + repeat("]", kMaxDepth);
  const std::string tooDeep = "[" + deep + "]";

  EXPECT_EQ(*parseDocument(FileFormat::kJson, deep), deep);
  EXPECT_EQ(*parseDocument(FileFormat::kYaml, deep), deep);
  for (const FileFormat format : {FileFormat::kJson, FileFormat::kYaml}) {
    const Result<std::string> result = parseDocument(format, tooDeep);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kLimit);
    EXPECT_EQ(result.error().line, 1);
    EXPECT_EQ(result.error().column, kMaxDepth + 1);
  }
}

TEST(DocumentParserTest, HundredThousandLevelsAreAnErrorAndNotACrash) {
  for (const char* open : {"[", "{\"a\":", "- ", "{a: ", "? "}) {
    const std::string text = repeat(open, 100'000);

    EXPECT_FALSE(parseDocument(FileFormat::kJson, text).ok()) << open;
    EXPECT_EQ(parseDocument(FileFormat::kYaml, text).error().code, ErrorCode::kLimit) << open;
  }
}

TEST(DocumentParserTest, CountsTheLevelsBehindAnAlias) {
  const std::string half = repeat("[", 600) + repeat("]", 600);
  const std::string yaml = "- &a " + half + "\n- " + repeat("[", 500) + "*a" + repeat("]", 500);

  EXPECT_EQ(parseDocument(FileFormat::kYaml, yaml).error().code, ErrorCode::kLimit);
}

TEST(DocumentParserTest, ABillionLaughsAreALimitError) {
  std::string yaml = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 30; i++) {
    const std::string last = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    yaml += name + ": &" + name + " [" + last + ", " + last + "]\n";
  }

  EXPECT_EQ(parseDocument(FileFormat::kYaml, yaml).error().code, ErrorCode::kLimit);
}

TEST(DocumentParserTest, ALongTextRepeatedByAliasesIsALimitError) {
  const std::string yaml =
      "a: &a " + std::string(100'000, 'x') + "\nb: [" + repeat("*a, ", 1000) + "]";

  EXPECT_EQ(parseDocument(FileFormat::kYaml, yaml).error().code, ErrorCode::kLimit);
}

TEST(DocumentParserTest, KeysInKeysThatDoubleTheirBackslashesAreALimitError) {
  const std::string nested = repeat("{[", 200) + "\"a\"" + repeat("]: 1}", 200);

  EXPECT_EQ(parseDocument(FileFormat::kYaml, nested).error().code, ErrorCode::kLimit);
}

TEST(DocumentParserTest, LargeTextsAreParsedLikeSmallOnes) {
  std::string json = "[";
  std::string minified = "[";
  for (int i = 0; i < 50'000; i++) {
    json += (i == 0 ? "" : ", ") + std::string("{ \"n\": ") + std::to_string(i) + " }\n";
    minified += (i == 0 ? "{\"n\":" : ",{\"n\":") + std::to_string(i) + "}";
  }
  json += "]";
  minified += "]";

  EXPECT_EQ(*parseDocument(FileFormat::kJson, json), minified);
  json.back() = '}';
  EXPECT_EQ(parseDocument(FileFormat::kJson, json).error().line, 50'001);
}

TEST(DocumentParserTest, EveryTruncationOfADocumentIsAnErrorAtItsEnd) {
  const std::string json =
      "{\"a\": [1, -2.5e3, true], \"b\": {\"c\": \"x\\n\\ud83d\\ude00\"}, \"d\": null}";

  for (size_t size = 1; size < json.size(); size++) {
    const Result<std::string> result = parseExactly(FileFormat::kJson, json.substr(0, size));
    ASSERT_FALSE(result.ok()) << size;
    EXPECT_EQ(result.error().line, 1);
    EXPECT_GE(result.error().column, static_cast<int>(size) - 11) << json.substr(0, size);
  }
}

TEST(DocumentParserTest, CraftedKeysOfOneSignatureCostNoQuadraticTime) {
  // Same length, same first and last eight bytes; compared in pairs this is 2 * 10^10 steps.
  std::string json = "{";
  for (int i = 0; i < 200'000; i++) {
    json += (i == 0 ? "\"" : ",\"") + std::string("aaaaaaaa") + std::to_string(1'000'000 + i) +
            "aaaaaaaa\":1";
  }
  json += "}";

  EXPECT_EQ(*parseDocument(FileFormat::kJson, json), json);
}

TEST(DocumentParserTest, ThreadsParseAtOnce) {
  const std::string yaml = "a: [x, {y: 1}]\nb: |\n  text\n";
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;

  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; n++) {
        const Result<std::string> json = parseDocument(FileFormat::kYaml, yaml);
        if (json.ok() && *parseDocument(FileFormat::kJson, *json) == *json) good++;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(good, 800);
}

}  // namespace
}  // namespace fsdb
