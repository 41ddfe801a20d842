#include "files/root_directory.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "files/fault_process.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

std::string contentOf(const Result<UniqueFd>& fd) {
  if (!fd) return "error " + std::to_string(fd.error().systemCode);
  char buffer[64];
  const ssize_t length = ::read(fd->get(), buffer, sizeof buffer);
  return length < 0 ? "unreadable" : std::string(buffer, static_cast<size_t>(length));
}

std::string failure(int systemCode) { return "error " + std::to_string(systemCode); }

// The same promises, whether the kernel or our own walk keeps the lookup beneath the root.
class RootDirectoryTest : public testing::TestWithParam<RootDirectory::Lookup> {
 protected:
  RootDirectoryTest() {
    directory_.write("outside.json", "secret");
    directory_.write("root/a.json", "a");
    directory_.write("root/x/y/b.json", "b");
  }

  RootDirectory open() const {
    auto root = RootDirectory::open(directory_.path("root"), GetParam());
    EXPECT_TRUE(root.ok());
    return std::move(*root);
  }
  void link(const std::string& target, const std::string& relative) const {
    ASSERT_EQ(::symlink(target.c_str(), directory_.path("root/" + relative).c_str()), 0);
  }

  TempDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Lookups, RootDirectoryTest,
                         testing::Values(RootDirectory::Lookup::kKernel,
                                         RootDirectory::Lookup::kWalk),
                         [](const auto& info) {
                           return info.param == RootDirectory::Lookup::kKernel ? "Kernel" : "Walk";
                         });

TEST_P(RootDirectoryTest, OpensFilesAndDirectoriesBelow) {
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile("a.json", false)), "a");
  EXPECT_EQ(contentOf(root.openFile("x/y/b.json", true)), "b");
  EXPECT_TRUE(root.openDirectory("").ok());
  EXPECT_TRUE(root.openDirectory("x/y").ok());
}

TEST_P(RootDirectoryTest, SaysWhatIsMissingOrOfAnotherKind) {
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile("missing.json", false)), failure(ENOENT));
  EXPECT_EQ(contentOf(root.openFile("missing/b.json", false)), failure(ENOENT));
  EXPECT_EQ(contentOf(root.openFile("a.json/b.json", false)), failure(ENOTDIR));
  EXPECT_EQ(contentOf(root.openFile("a.json/", false)), failure(ENOTDIR));
  EXPECT_EQ(contentOf(root.openDirectory("a.json")), failure(ENOTDIR));
  EXPECT_EQ(contentOf(root.openFile("", false)), failure(ENOENT));
}

TEST_P(RootDirectoryTest, NeverLeavesTheRoot) {
  const auto root = open();

  for (const bool follow : {false, true}) {
    EXPECT_EQ(contentOf(root.openFile("../outside.json", follow)), failure(EXDEV));
    EXPECT_EQ(contentOf(root.openFile("x/../../outside.json", follow)), failure(EXDEV));
    EXPECT_EQ(contentOf(root.openFile("/etc/hostname", follow)), failure(EXDEV));
  }
}

TEST_P(RootDirectoryTest, RefusesLinksOnTheWayAndAtTheEnd) {
  link("a.json", "link.json");
  link("x", "linked");
  link("missing", "broken.json");
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile("link.json", false)), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openFile("linked/y/b.json", false)), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openFile("broken.json", false)), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openDirectory("linked")), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openForStat("link.json", false)), failure(ELOOP));
}

TEST_P(RootDirectoryTest, FollowsLinksThatStayBelowIfAsked) {
  link("a.json", "link.json");
  link("../../a.json", "x/y/up.json");
  link("x", "linked");
  link("linked/y/../y/b.json", "chain.json");
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile("link.json", true)), "a");
  EXPECT_EQ(contentOf(root.openFile("x/y/up.json", true)), "a");
  EXPECT_EQ(contentOf(root.openFile("linked/y/up.json", true)), "a");
  EXPECT_EQ(contentOf(root.openFile("chain.json", true)), "b");
  EXPECT_TRUE(root.openForStat("link.json", true).ok());
}

TEST_P(RootDirectoryTest, FollowsNoLinkThatLeavesTheRoot) {
  link("../outside.json", "out.json");
  link("../../../outside.json", "x/y/far.json");
  link(directory_.path("root/a.json"), "absolute.json");
  link("..", "parent");
  const auto root = open();

  for (const char* path : {"out.json", "x/y/far.json", "absolute.json", "parent/outside.json"}) {
    EXPECT_EQ(contentOf(root.openFile(path, true)), failure(EXDEV)) << path;
  }
}

TEST_P(RootDirectoryTest, FollowsNoMagicLink) {
  ASSERT_EQ(::symlink("/proc/self/root/etc/hostname", directory_.path("root/m.json").c_str()), 0);
  const auto proc = RootDirectory::open("/proc/self", GetParam());
  ASSERT_TRUE(proc.ok());

  EXPECT_EQ(contentOf(open().openFile("m.json", true)), failure(EXDEV));
  EXPECT_FALSE(proc->openFile("root/etc/hostname", true).ok());
}

TEST_P(RootDirectoryTest, EndsInALinkLoop) {
  link("loop.json", "loop.json");
  link("pong", "ping");
  link("ping", "pong");
  link("around/around/a.json", "around");
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile("loop.json", true)), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openFile("ping/a.json", true)), failure(ELOOP));
  EXPECT_EQ(contentOf(root.openFile("around", true)), failure(ELOOP));
}

TEST_P(RootDirectoryTest, OpensAFifoWithoutWaitingForItsWriter) {
  ASSERT_EQ(::mkfifo(directory_.path("root/fifo.json").c_str(), 0600), 0);

  EXPECT_TRUE(open().openFile("fifo.json", false).ok());
}

TEST_P(RootDirectoryTest, OpensPathsThatAreLongerThanTheKernelTakes) {
  const std::string name(200, 'd');
  std::string path;
  UniqueFd current(::open(directory_.path("root").c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < 50; i++) {
    ASSERT_EQ(::mkdirat(current.get(), name.c_str(), 0700), 0);
    current = UniqueFd(::openat(current.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    path += name + "/";
  }
  const UniqueFd file(::openat(current.get(), "deep.json", O_WRONLY | O_CREAT, 0600));
  ASSERT_EQ(::write(file.get(), "deep", 4), 4);
  ASSERT_EQ(::symlinkat("deep.json", current.get(), "link.json"), 0);
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile(path + "deep.json", false)), "deep");
  EXPECT_EQ(contentOf(root.openFile(path + "link.json", true)), "deep");
  EXPECT_EQ(contentOf(root.openFile(path + "link.json", false)), failure(ELOOP));
  EXPECT_TRUE(root.openDirectory(path.substr(0, path.size() - 1)).ok());
}

TEST_P(RootDirectoryTest, OpensNamesOf255BytesAndNoLonger) {
  directory_.write("root/" + std::string(250, 'n') + ".json", "long");
  const auto root = open();

  EXPECT_EQ(contentOf(root.openFile(std::string(250, 'n') + ".json", false)), "long");
  EXPECT_EQ(contentOf(root.openFile(std::string(256, 'n'), false)), failure(ENAMETOOLONG));
  EXPECT_EQ(contentOf(root.openFile(std::string(5000, 'n'), false)), failure(ENAMETOOLONG));
}

TEST_P(RootDirectoryTest, OpensNothingForANameWithANul) {
  EXPECT_EQ(contentOf(open().openFile(std::string("a.json\0x", 8), false)), failure(EINVAL));
}

TEST_P(RootDirectoryTest, LeavesNoDescriptorToChildProcesses) {
  const auto fd = open().openFile("a.json", false);

  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(RootDirectoryTest, NoticesThatItsPathNamesAnotherDirectory) {
  const auto root = open();
  EXPECT_TRUE(root.isCurrent());

  std::filesystem::rename(directory_.path("root"), directory_.path("moved"));
  EXPECT_FALSE(root.isCurrent());
  std::filesystem::create_directory(directory_.path("root"));
  EXPECT_FALSE(root.isCurrent());
  EXPECT_EQ(contentOf(root.openFile("a.json", false)), "a");
}

TEST_P(RootDirectoryTest, NoticesThatItWasDeletedAndCreatedAgain) {
  const auto root = open();

  std::filesystem::remove_all(directory_.path("root"));
  std::filesystem::create_directory(directory_.path("root"));

  EXPECT_FALSE(root.isCurrent());
}

TEST_P(RootDirectoryTest, CannotBeOpenedWhereThereIsNoDirectory) {
  EXPECT_EQ(RootDirectory::open(directory_.path("no"), GetParam()).error().systemCode, ENOENT);
  EXPECT_EQ(RootDirectory::open(directory_.path("outside.json"), GetParam()).error().systemCode,
            ENOTDIR);
}

TEST(RootDirectorySandboxTest, OpensBelowAndOnlyBelowWhereOpenat2IsNotAllowed) {
  const TempDirectory directory;
  directory.write("outside.json", "secret");
  directory.write("root/x/a.json", "a");
  ASSERT_EQ(::symlink("../outside.json", directory.path("root/out.json").c_str()), 0);

  for (const unsigned systemCode : {ENOSYS, EPERM}) {
    EXPECT_TRUE(holdsInChild([&] {
      if (!forbidSystemCall(SYS_openat2, systemCode)) return false;
      const auto root = RootDirectory::open(directory.path("root"));
      return root.ok() && contentOf(root->openFile("x/a.json", false)) == "a" &&
             contentOf(root->openFile("out.json", true)) == failure(EXDEV) &&
             contentOf(root->openFile("out.json", false)) == failure(ELOOP);
    })) << systemCode;
  }
}

}  // namespace
}  // namespace fsdb
