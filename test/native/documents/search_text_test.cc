#include "documents/search_text.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

TEST(SearchTextTest, MakesPhrasesOfWords) {
  const std::pair<std::string, std::string> cases[] = {
      {"hello", R"("hello")"},
      {"  hello   world\n", R"("hello" "world")"},
      {R"("hello world" x)", R"("hello world" "x")"},
      {"wor*", R"("wor"*)"},
      {R"("hello wor"*)", R"("hello wor"*)"},
      {R"("never closed)", R"("never closed")"},
      {"a\"b", R"("a""b")"},
      {"", ""},
      {" * \" \" ", ""},
      {std::string("a\0b", 3), R"("a" "b")"},
  };
  for (const auto& [text, query] : cases) EXPECT_EQ(compileSearch(text), query) << text;
}

TEST(SearchTextTest, NothingIsEverAnError) {
  auto connection = Connection::open(":memory:").value();
  ASSERT_TRUE(connection->exec("CREATE VIRTUAL TABLE f USING fts5(name, text)"));
  auto search = connection->prepare("SELECT count(*) FROM f WHERE f MATCH ?1").value();
  for (const std::string text :
       {"AND",   "a AND",  "NOT a", "a OR b", "NEAR(a b)", "name:x",   "{name}:x",
        "a+b",   "^a",     "(",     ")",      "c++",       "a-b",      "'; DROP TABLE f; --",
        "\"",    "\"\"\"", "*",     "a**",    "\\",        "\xff\xfe", "-a",
        "a\x01", "rank:1", "📎",     "--",     "\"--\" a"}) {
    const std::string query = compileSearch(text);
    if (query.empty()) continue;
    ASSERT_TRUE(search.bind(1, std::string_view(query)));
    const auto found = search.step();
    EXPECT_TRUE(found.ok()) << text << " -> " << query;
    search.reset();
  }
}

}  // namespace
}  // namespace fsdb
