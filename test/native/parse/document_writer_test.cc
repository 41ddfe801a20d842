#include "parse/document_writer.h"

#include <gtest/gtest.h>

#include "parse/json_string.h"

namespace fsdb {
namespace {

const char* const kHostileTexts[] = {
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "null",
    "~",
    "true",
    "2024-01-15",
    "12:30",
    "0755",
    "0x1F",
    "1e5",
    ".inf",
    "-1",
    "+1",
    "-",
    "- a",
    "a: b",
    "a:",
    ":a",
    "a #b",
    "#a",
    "'a'",
    "\"a\"",
    "[a]",
    "{a}",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "?",
    "? a",
    "<<",
    "---",
    "--- a",
    "...",
    "---\na: 1\n---\n",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\nb\n\n\n",
    "\na",
    " a\nb",
    "a\n b",
    "a\n  ",
    "a\n \nb",
    "a \nb",
    "\ta",
    "a\tb",
    "\ta\nb",
    "a\n\tb",
    "a\r\nb\r\n",
    "a\rb",
    "\x01",
    "\x7f",
    "a\x7f\nb",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xef\xbb\xbf",
    ("\xef\xbb\xbf"
     "a\nb"),
    "\xef\xbf\xbf",
    "é",
    "😀 text\n日本",
    "\\",
    "a\\nb",
    "/",
    "$x",
    "${env:X}",
    "{{a}}",
    "=",
    "a,b",
    "a]",
    "user:\nx",
    "system:",
    "\n---\n",
    "\n\n---\na",
    "a\n---\nb",
    "+++",
    "C:\\dir",
};

std::string withText(const std::string& text, const std::string& content) {
  std::string json = "{\"plain\":";
  appendJsonString(json, text);
  json += ",\"list\":[";
  appendJsonString(json, text);
  json += ",{\"a\":";
  appendJsonString(json, text);
  json += "},[";
  appendJsonString(json, text);
  json += "]],\"keys\":{";
  appendJsonString(json, text);
  json += ":{\"x\":";
  appendJsonString(json, text);
  json += "}},";
  appendJsonString(json, "k" + text);
  json += ":1,\"content\":";
  appendJsonString(json, content);
  return json + "}";
}

void expectRoundTrip(FileFormat format, const std::string& json) {
  const Result<std::string> text = formatDocument(format, json);
  ASSERT_TRUE(text.ok()) << json << text.error().message;
  const Result<std::string> again = parseDocument(format, *text);
  ASSERT_TRUE(again.ok()) << *text << again.error().message;
  EXPECT_EQ(*again, json) << *text;
}

TEST(DocumentWriterTest, HostileTextsSurviveInEveryFormat) {
  for (const std::string text : kHostileTexts) {
    const std::string json = withText(text, "body");

    expectRoundTrip(FileFormat::kJson, json);
    expectRoundTrip(FileFormat::kYaml, json);
    expectRoundTrip(FileFormat::kMarkdown, json);
    expectRoundTrip(FileFormat::kPrompty, json);
  }
}

TEST(DocumentWriterTest, HostileBodiesSurviveWithAndWithoutFrontMatter) {
  for (const std::string text : kHostileTexts) {
    std::string content = "\"content\":";
    appendJsonString(content, text);

    expectRoundTrip(FileFormat::kMarkdown, "{" + content + "}");
    expectRoundTrip(FileFormat::kMarkdown, "{\"a\":1," + content + "}");
    const std::string messages = *parseDocument(FileFormat::kPrompty, "---\n---\n" + text);
    expectRoundTrip(FileFormat::kPrompty, messages);
  }
}

TEST(DocumentWriterTest, NumbersKeepTheirDigits) {
  const std::string json =
      R"([0,-0,1.50,1e5,1E400,-2.5e-3,123456789012345678901234567890,0.1,true,false,null])";

  expectRoundTrip(FileFormat::kJson, json);
  expectRoundTrip(FileFormat::kYaml, json);
}

TEST(DocumentWriterTest, AnyValueCanBeAYamlDocument) {
  for (const char* json : {"1", "null", "\"x\"", "\"a\\nb\"", "\"\"", "[]", "{}", "[[]]", "[{}]",
                           "[[[1,[2]],3],{\"a\":[{\"b\":[]}]}]", "{\"\":{\"\":\"\"}}"}) {
    expectRoundTrip(FileFormat::kYaml, json);
    expectRoundTrip(FileFormat::kJson, json);
  }
}

TEST(DocumentWriterTest, LongKeysAreWrittenAndReadAgain) {
  const std::string key(5000, 'k');

  expectRoundTrip(FileFormat::kYaml, "{\"" + key + "\":{\"" + key + "\":[1]}}");
}

TEST(DocumentWriterTest, AThousandLevelsStaySmall) {
  std::string json;
  for (int i = 0; i < kMaxDepth / 2; i++) json += "{\"a\":[";
  for (int i = 0; i < kMaxDepth / 2; i++) json += "]}";

  for (const FileFormat format : {FileFormat::kJson, FileFormat::kYaml}) {
    EXPECT_LT(formatDocument(format, json)->size(), 20'000u);
    expectRoundTrip(format, json);
  }
}

TEST(DocumentWriterTest, JsonIsIndentedByTwoSpaces) {
  EXPECT_EQ(*formatDocument(FileFormat::kJson, R"({"a":[1,{"b":2}],"c":{},"d":"x\u00e9"})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n"
            "  \"d\": \"x\\u00e9\"\n}\n");
}

TEST(DocumentWriterTest, YamlReadsAsPeopleWriteIt) {
  EXPECT_EQ(*formatDocument(
                FileFormat::kYaml,
                R"({"name":"Ada Lovelace","n":1.5,"tags":["a","yes"],"model":{"id":"gpt-4o"},)"
                R"("list":[{"a":1,"b":"2024-01-15"},[1]],"text":"one\n\n  two\n","e":[],"s":""})"),
            "name: Ada Lovelace\nn: 1.5\ntags:\n  - a\n  - \"yes\"\nmodel:\n  id: gpt-4o\n"
            "list:\n  - a: 1\n    b: \"2024-01-15\"\n  -\n    - 1\n"
            "text: |\n  one\n\n    two\ne: []\ns: \"\"\n");
}

TEST(DocumentWriterTest, MarkdownIsFrontMatterAndBody) {
  EXPECT_EQ(*formatDocument(FileFormat::kMarkdown, R"({"title":"A","content":"# T\r\n"})"),
            "---\ntitle: A\n---\n# T\r\n");
  EXPECT_EQ(*formatDocument(FileFormat::kMarkdown, R"({"content":"# T\n"})"), "# T\n");
  EXPECT_EQ(*formatDocument(FileFormat::kMarkdown, R"({"content":""})"), "---\n---\n");
}

TEST(DocumentWriterTest, PromptyLeavesOutTheMessagesOfItsBody) {
  const std::string json =
      R"({"a":1,"content":"user:\nx","messages":[{"role":"user","content":"x"}]})";

  EXPECT_EQ(*formatDocument(FileFormat::kPrompty, json), "---\na: 1\n---\nuser:\nx");
  EXPECT_EQ(*formatDocument(FileFormat::kPrompty, R"({"content":"user:\nx"})"), "user:\nx");
}

TEST(DocumentWriterTest, PromptyKeepsOtherMessagesWhereTheBodyHasNone) {
  expectRoundTrip(FileFormat::kPrompty, R"({"messages":[1],"a":2,"content":"x"})");
}

TEST(DocumentWriterTest, SaysWhatADocumentNeeds) {
  const auto message = [](FileFormat format, const char* json) {
    const Result<std::string> result = formatDocument(format, json);
    return result ? "" : result.error().message;
  };

  EXPECT_EQ(message(FileFormat::kMarkdown, "{\"a\":1}"),
            "write Markdown: the document needs a text \"content\", the body of the file");
  EXPECT_EQ(message(FileFormat::kPrompty, "{\"content\":1}"),
            "write Prompty: \"content\", the body of the file, must be a text");
  EXPECT_EQ(message(FileFormat::kMarkdown, "[1]"),
            "write Markdown: the document must be an object");
  EXPECT_NE(message(FileFormat::kPrompty, R"({"content":"user:\nx","messages":[]})"), "");
  EXPECT_NE(message(FileFormat::kJson, "{"), "");
}

}  // namespace
}  // namespace fsdb
