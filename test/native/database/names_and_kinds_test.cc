// Whatever stands in a folder beside ordinary files: what is no file of the source becomes no row,
// hangs nothing and hides nothing; what is one becomes a row, whatever it is called.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "database/support/synced_folder.h"

namespace fsdb {
namespace {

class NamesAndKindsTest : public BothWatchers {
 protected:
  void follow() { folder_.config.sources.front().followSymlinks = true; }
  void link(const std::string& target, std::string_view name) {
    std::filesystem::create_symlink(target, folder_.path(name));
  }
  void makeSocket(std::string_view name) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, folder_.path(name).c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  bool hasError(const std::string& path) { return folder_.errorPaths().contains(path); }
};

FSDB_FOR_BOTH_WATCHERS(NamesAndKindsTest);

TEST_P(NamesAndKindsTest, LinksAreNotFollowedUnlessAskedFor) {
  SyncedFolder::writeAt(folder_.outside("secret.json"), R"({"v":"secret"})");
  folder_.write("real.json", R"({"v":1})");
  link(folder_.outside("secret.json"), "out.json");
  link("real.json", "in.json");
  link(".", "loop");
  link("nowhere.json", "broken.json");
  folder_.openAndWait();
  link("real.json", "late.json");
  folder_.write("mark.json", "{}");

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 2u);
}

TEST_P(NamesAndKindsTest, AFollowedLinkThatIsRetargetedChangesItsRow) {
  follow();
  folder_.write("a.json", R"({"v":"a"})");
  folder_.write("b.json", R"({"v":"b"})");
  link("a.json", "l.json");
  folder_.openAndWait();
  folder_.expectDocument("l", R"({"v":"a"})");
  link("b.json", "l.tmp");
  folder_.rename("l.tmp", "l.json");

  folder_.expectDocument("l", R"({"v":"b"})");
}

TEST_P(NamesAndKindsTest, NothingOutsideOfTheFolderIsReadThroughALink) {
  follow();
  SyncedFolder::writeAt(folder_.outside("secret.json"), R"({"v":"secret"})");
  SyncedFolder::writeAt(folder_.outside("tree/secret.json"), R"({"v":"secret"})");
  link("../secret.json", "relative.json");
  link(folder_.outside("secret.json"), "absolute.json");
  link("../tree", "tree");
  link("loop.json", "loop.json");
  folder_.write("real.json", R"({"v":1})");
  folder_.openAndWait();

  EXPECT_EQ(folder_.rows().size(), 1u);
  EXPECT_TRUE(hasError("relative.json"));
  EXPECT_TRUE(hasError("absolute.json"));
  EXPECT_TRUE(hasError("loop.json"));
}

TEST_P(NamesAndKindsTest, ALinkThatIsBrokenAtFirstIsReadOnceItsTargetComes) {
  follow();
  link("later.json", "l.json");
  folder_.openAndWait();
  EXPECT_TRUE(folder_.rows().empty());
  folder_.write("later.json", R"({"v":1})");
  folder_.expectDocument("later", R"({"v":1})");

  // Nothing tells of a link's target: the next full look finds it.
  ASSERT_NE(folder_.sync(), nullptr);
  folder_.expectDocument("l", R"({"v":1})");
}

TEST_P(NamesAndKindsTest, AFifoASocketAndADirectoryWithADocumentsNameHangNothing) {
  ASSERT_EQ(::mkfifo(folder_.path("fifo.json").c_str(), 0644), 0);
  makeSocket("socket.json");
  folder_.makeDirectory("directory.json");
  folder_.write("real.json", "{}");
  folder_.openAndWait();
  ASSERT_EQ(::mkfifo(folder_.path("late.json").c_str(), 0644), 0);
  folder_.write("mark.json", "{}");

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 2u);
}

TEST_P(NamesAndKindsTest, AFileReplacedByAFifoLosesItsRow) {
  folder_.write("x.json", "{}");
  folder_.openAndWait();
  folder_.remove("x.json");
  ASSERT_EQ(::mkfifo(folder_.path("x.json").c_str(), 0644), 0);

  folder_.expectInStep();
  EXPECT_TRUE(folder_.rows().empty());
}

TEST_P(NamesAndKindsTest, StrangeNamesAreNamesLikeAnyOther) {
  folder_.openAndWait();
  int v = 0;
  for (const std::string& name :
       {std::string("with space"), std::string("new\nline"), std::string("quo\"te'`"),
        std::string("[a-z]{1,2}*?!(x)"), std::string("-dash"), std::string("%00\\n"),
        std::string("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string(250, 'n'),
        std::string("dots.in.name"), std::string("tab\there/in\r/side")}) {
    folder_.write(name + ".json", "{\"v\":" + std::to_string(v++) + "}");
  }

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 10u);
}

TEST_P(NamesAndKindsTest, ANameThatIsNotUtf8IsReportedAndForgottenWithItsFile) {
  folder_.write("good.json", "{}");
  folder_.openAndWait();
  folder_.write("bad\xFF.json", "{}");
  EXPECT_TRUE(folder_.waitUntil([&] { return hasError("bad\\xFF.json"); }));
  EXPECT_EQ(folder_.rows().size(), 1u);
  folder_.remove("bad\xFF.json");

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().errors.empty(); }));
}

TEST_P(NamesAndKindsTest, ADirectoryWhoseNameIsNotUtf8IsReportedAndForgottenWithIt) {
  folder_.openAndWait();
  folder_.write("bad\xFF/x.json", "{}");
  EXPECT_TRUE(folder_.waitUntil([&] { return hasError("bad\\xFF"); }));
  folder_.remove("bad\xFF");

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.status().errors.empty(); }));
  EXPECT_TRUE(folder_.rows().empty());
}

TEST_P(NamesAndKindsTest, PathsLongerThanTheSystemTakesAtOnceAreFollowed) {
  folder_.openAndWait();
  const std::string level(200, 'd');
  std::string path;
  UniqueFd directory(::open(folder_.root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 25; i++) {
    ASSERT_EQ(::mkdirat(directory.get(), level.c_str(), 0755), 0);
    directory.reset(::openat(directory.get(), level.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    path += level + "/";
  }
  const auto write = [&](std::string_view text) {
    const UniqueFd file(
        ::openat(directory.get(), "x.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    ASSERT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  write(R"({"v":1})");
  folder_.expectDocument(path + "x", R"({"v":1})");
  write(R"({"v":2})");
  folder_.expectDocument(path + "x", R"({"v":2})");
  // std::filesystem cannot delete what it cannot name.
  ASSERT_EQ(::unlinkat(directory.get(), "x.json", 0), 0);

  EXPECT_TRUE(folder_.waitUntil([&] { return folder_.rows().empty(); }));
  for (int i = 0; i < 25; i++) {
    directory.reset(::openat(directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::unlinkat(directory.get(), level.c_str(), AT_REMOVEDIR), 0);
  }
}

TEST_P(NamesAndKindsTest, HiddenFilesAndEditorsBackupsAreNoDocuments) {
  folder_.write("node_modules/pkg/package.json", "{}");
  folder_.openAndWait();
  for (const char* name : {".hidden.json", ".git/x.json", "4913", "a.json~", ".a.json.swp",
                           "b.json.tmp", "#a.json#", "node_modules/late/package.json"}) {
    folder_.write(name, "{}");
  }
  folder_.write("real.json", "{}");

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 1u);
}

TEST_P(NamesAndKindsTest, AHiddenFileThatIsRenamedToADocumentBecomesARow) {
  folder_.write(".x.json", R"({"v":1})");
  folder_.write("node_modules/y.json", R"({"v":2})");
  folder_.openAndWait();
  folder_.rename(".x.json", "x.json");
  folder_.rename("node_modules", "modules");

  folder_.expectInStep();
  EXPECT_EQ(folder_.rows().size(), 2u);
}

}  // namespace
}  // namespace fsdb
