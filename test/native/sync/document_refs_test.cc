#include "sync/document_refs.h"

#include <gtest/gtest.h>

namespace fsdb {
namespace {

TEST(DocumentRefsTest, GivesBackWhatWasAddedInItsOrder) {
  using namespace std::string_view_literals;
  DocumentRefs refs;
  EXPECT_TRUE(refs.empty());

  refs.add("type", "id\0x"sv, "a/b.json");
  refs.add("", "", "");
  refs.add("t", "i", "p");

  ASSERT_EQ(refs.size(), 3U);
  EXPECT_EQ(refs[0], (DocumentRef{"type", std::string("id\0x"sv), "a/b.json"}));
  EXPECT_EQ(refs[1], DocumentRef{});
  EXPECT_EQ(refs[2], (DocumentRef{"t", "i", "p"}));
}

TEST(DocumentRefsTest, AppendsAnotherList) {
  DocumentRefs refs;
  refs.add("a", "b", "c");
  DocumentRefs others = refs;
  others.add("d", "e", "f");

  refs.append(others);
  refs.append(DocumentRefs());

  std::vector<DocumentRef> all;
  for (const auto& ref : refs) all.push_back(ref);
  EXPECT_EQ(all, (std::vector<DocumentRef>{{"a", "b", "c"}, {"a", "b", "c"}, {"d", "e", "f"}}));
}

}  // namespace
}  // namespace fsdb
