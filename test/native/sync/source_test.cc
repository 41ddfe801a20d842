#include "sync/source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fsdb {
namespace {

class SourceTest : public testing::Test {
 protected:
  SourceTest() {
    config_.type = "persona";
    config_.directory = "/x";
  }
  Source source(const std::vector<std::string>& keepOut = {}) {
    return Source::create(config_, keepOut).value();
  }
  Error errorOf() {
    auto made = Source::create(config_, {});
    EXPECT_FALSE(made.ok());
    return made ? Error() : made.error();
  }
  DocumentNames names(const std::string& path, const std::string& json) {
    return nameDocument(source(), path, json).value();
  }

  SourceConfig config_;
};

TEST_F(SourceTest, TheIdIsThePathWithoutItsExtension) {
  EXPECT_EQ(names("a/b.c/ada.json", "{}").id, "a/b.c/ada");
  EXPECT_EQ(names("ada.tar.json", "{}").id, "ada.tar");
  EXPECT_EQ(names("a.b/plain", "{}").id, "a.b/plain");
}

TEST_F(SourceTest, TheIdMayBeTheStem) {
  config_.id = "stem";

  EXPECT_EQ(names("a/b.c/ada.json", "{}").id, "ada");
}

TEST_F(SourceTest, TheIdMayStandInTheDocument) {
  config_.id = "$.meta.id";

  EXPECT_EQ(names("x.json", R"({"meta":{"id":"ada"}})").id, "ada");
  EXPECT_EQ(names("x.json", R"({"meta":{"id":7}})").id, "7");
}

TEST_F(SourceTest, ADocumentWithoutItsIdIsAnErrorThatSaysSo) {
  config_.id = "$.id";
  for (const char* json : {"{}", R"({"id":""})", R"({"id":null})", R"({"id":{}})", "[]"}) {
    const auto named = nameDocument(source(), "x.json", json);
    ASSERT_FALSE(named.ok()) << json;
    EXPECT_EQ(named.error().code, ErrorCode::kParse);
    EXPECT_EQ(named.error().path, "x.json");
    EXPECT_NE(named.error().message.find("$.id"), std::string::npos);
  }
}

TEST_F(SourceTest, TheNameIsNameThenTitleThenTheStem) {
  EXPECT_EQ(names("d/x.json", R"({"name":"Ada","title":"T"})").name, "Ada");
  EXPECT_EQ(names("d/x.json", R"({"name":"","title":"T"})").name, "T");
  EXPECT_EQ(names("d/x.json", R"({"name":null})").name, "x");
  EXPECT_EQ(names("d/x.json", "[]").name, "x");
}

TEST_F(SourceTest, TheNameMayStandElsewhere) {
  config_.name = "$.who.first";

  EXPECT_EQ(names("x.json", R"({"name":"no","who":{"first":"Ada"}})").name, "Ada");
  EXPECT_EQ(names("x.json", R"({"name":"no"})").name, "x");
}

TEST_F(SourceTest, WhatIsRequiredMustBeThereAndNotEmpty) {
  config_.require = {"name", "model.api"};

  EXPECT_TRUE(nameDocument(source(), "x.json", R"({"name":"a","model":{"api":"b"}})").ok());
  const auto named = nameDocument(source(), "x.json", R"({"name":"a","model":{}})");
  ASSERT_FALSE(named.ok());
  EXPECT_NE(named.error().message.find("model.api"), std::string::npos);
}

TEST_F(SourceTest, WhatIsWrongNamesItsOption) {
  config_.include = {"[z-a"};
  EXPECT_NE(errorOf().message.find("sources.persona"), std::string::npos);
  config_.include = {};
  config_.id = "$.";
  EXPECT_NE(errorOf().message.find("sources.persona.id"), std::string::npos);
  config_.id = "path";
  config_.require = {"$["};
  EXPECT_NE(errorOf().message.find("sources.persona.require"), std::string::npos);
}

TEST_F(SourceTest, ThePathsToKeepOutAreTakenLiterally) {
  config_.include = {"**/*"};
  const Source made = source({"d/[a]*{b,c}!(x).json", "plain.json"});

  EXPECT_FALSE(made.filter.includesFile("d/[a]*{b,c}!(x).json"));
  EXPECT_FALSE(made.filter.includesFile("plain.json"));
  EXPECT_TRUE(made.filter.includesFile("d/aab.json"));
  EXPECT_TRUE(made.filter.includesFile("d/plain.json"));
}

TEST_F(SourceTest, ANewDocumentGetsTheFirstExtensionThatIsIncluded) {
  EXPECT_EQ(pathForNewDocument(source(), "a/ada"), "a/ada.json");
  config_.include = {"**/*.{md,yaml}"};
  EXPECT_EQ(pathForNewDocument(source(), "ada"), "ada.yaml");
  config_.include = {"other/**"};
  EXPECT_FALSE(pathForNewDocument(source(), "ada"));
}

TEST_F(SourceTest, AnIdThatIsNoPathGetsNoFile) {
  for (const char* id : {"", "../x", "/x", "a//b", "a/", ".", "a/../b", "./a"}) {
    EXPECT_FALSE(pathForNewDocument(source(), id)) << id;
  }
  EXPECT_FALSE(pathForNewDocument(source(), std::string("a\0b", 3)));
}

}  // namespace
}  // namespace fsdb
