#include "files/file_reader.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "files/fault_process.h"
#include "support/temp_directory.h"

namespace fsdb {
namespace {

class FileReaderTest : public testing::Test {
 protected:
  FileReaderTest() : root_(std::move(*RootDirectory::open(directory_.path()))) {}

  int failureOf(const std::string& relative) const {
    const auto content = readFile(root_, relative, options_);
    return content.ok() ? 0 : content.error().systemCode;
  }

  TempDirectory directory_;
  RootDirectory root_;
  ReadOptions options_;
};

TEST_F(FileReaderTest, ReadsBytesAndWhatIdentifiesThem) {
  directory_.write("x/a.json", "{\"a\":1}");
  struct stat plain;
  ASSERT_EQ(::stat(directory_.path("x/a.json").c_str(), &plain), 0);

  const auto content = readFile(root_, "x/a.json", options_);

  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content->bytes, "{\"a\":1}");
  EXPECT_EQ(content->hash, hashContent("{\"a\":1}"));
  EXPECT_EQ(content->stat.size, 7);
  EXPECT_EQ(content->stat.inode, plain.st_ino);
  EXPECT_GE(content->takenNs + 1'000'000'000, content->stat.mtimeNs);
}

TEST_F(FileReaderTest, ReadsAnEmptyFile) {
  directory_.write("empty.json", "");

  const auto content = readFile(root_, "empty.json", options_);

  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content->bytes, "");
}

TEST_F(FileReaderTest, ReadsUpToTheLimitAndNoMore) {
  options_.maxFileBytes = 1000;
  directory_.write("limit.json", std::string(1000, 'x'));
  directory_.write("more.json", std::string(1001, 'x'));

  EXPECT_EQ(readFile(root_, "limit.json", options_)->bytes.size(), 1000u);
  const auto more = readFile(root_, "more.json", options_);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, ErrorCode::kLimit);
  EXPECT_EQ(more.error().path, "more.json");
}

TEST_F(FileReaderTest, RefusesAFileOf17MiBByDefault) {
  directory_.write("big.json", "");
  ASSERT_EQ(::truncate(directory_.path("big.json").c_str(), 17 << 20), 0);

  const auto content = readFile(root_, "big.json", options_);

  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().code, ErrorCode::kLimit);
}

TEST_F(FileReaderTest, TakesWhatIsNoRegularFileForMissing) {
  ASSERT_EQ(::mkfifo(directory_.path("fifo.json").c_str(), 0600), 0);
  std::filesystem::create_directory(directory_.path("directory.json"));
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  directory_.path("socket.json").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);

  for (const char* path : {"fifo.json", "directory.json", "socket.json", "missing.json"}) {
    EXPECT_EQ(failureOf(path), ENOENT) << path;
  }
}

TEST_F(FileReaderTest, TakesADeviceForMissing) {
  const auto devices = RootDirectory::open("/dev");
  ASSERT_TRUE(devices.ok());

  const auto content = readFile(*devices, "zero", options_);

  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().systemCode, ENOENT);
}

TEST_F(FileReaderTest, ReadsThroughALinkOnlyIfAsked) {
  directory_.write("a.json", "a");
  ASSERT_EQ(::symlink("a.json", directory_.path("link.json").c_str()), 0);
  EXPECT_EQ(failureOf("link.json"), ELOOP);

  options_.followSymlinks = true;
  EXPECT_EQ(readFile(root_, "link.json", options_)->bytes, "a");
}

TEST_F(FileReaderTest, SaysThatAFileMayNotBeRead) {
  directory_.write("private.json", "{}");
  ASSERT_EQ(::chmod(directory_.path("private.json").c_str(), 0), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);

  EXPECT_TRUE(holdsInChild([this] {
    if (!dropPrivileges()) return false;
    const auto content = readFile(root_, "private.json", options_);
    return !content.ok() && content.error().code == ErrorCode::kIo &&
           content.error().systemCode == EACCES && content.error().path == "private.json";
  }));
}

// A writer replaces the file by rename as fast as it can: each reading is one of the versions.
TEST_F(FileReaderTest, ReadsOneVersionOfAFileThatIsReplacedMeanwhile) {
  const std::string versions[2] = {std::string(300'000, 'a'), std::string(200'000, 'b')};
  directory_.write("a.json", versions[0]);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; !stop; i = 1 - i) {
      directory_.write("a.json.tmp", versions[i]);
      std::filesystem::rename(directory_.path("a.json.tmp"), directory_.path("a.json"));
    }
  });

  int read = 0;
  for (int i = 0; i < 300; i++) {
    const auto content = readFile(root_, "a.json", options_);
    if (!content && content.error().systemCode == EAGAIN) continue;
    EXPECT_TRUE(content.ok() && (content->bytes == versions[0] || content->bytes == versions[1]));
    EXPECT_EQ(content->hash, hashContent(content->bytes));
    read++;
  }
  stop = true;
  writer.join();

  EXPECT_GT(read, 0);
}

// A writer appends to the file all the time: a reading is as long as its stat says, or none.
TEST_F(FileReaderTest, ReadsNoMixtureOfAFileThatIsBeingWritten) {
  directory_.write("log.json", std::string(1'000'000, 'x'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const UniqueFd fd(::open(directory_.path("log.json").c_str(), O_WRONLY | O_APPEND));
    for (size_t size = 0; !stop && size < (8u << 20); size++) {
      if (::write(fd.get(), "y", 1) != 1) break;
    }
  });

  for (int i = 0; i < 200; i++) {
    const auto content = readFile(root_, "log.json", options_);
    if (content) {
      EXPECT_EQ(static_cast<int64_t>(content->bytes.size()), content->stat.size);
    } else {
      EXPECT_EQ(content.error().systemCode, EAGAIN);
    }
  }
  stop = true;
  writer.join();

  EXPECT_TRUE(readFile(root_, "log.json", options_).ok());
}

TEST_F(FileReaderTest, ReadsABatchInItsOrderWithAnErrorForEachThatFails) {
  std::vector<std::string> paths;
  for (int i = 0; i < 300; i++) {
    paths.push_back("x/" + std::to_string(i) + ".json");
    if (i % 7 != 0) directory_.write(paths.back(), "content " + std::to_string(i));
  }

  const auto contents = readFiles(root_, paths, options_);

  ASSERT_EQ(contents.size(), paths.size());
  for (size_t i = 0; i < paths.size(); i++) {
    if (i % 7 == 0) {
      EXPECT_EQ(contents[i].error().systemCode, ENOENT);
      EXPECT_EQ(contents[i].error().path, paths[i]);
    } else {
      EXPECT_EQ(contents[i]->bytes, "content " + std::to_string(i));
    }
  }
}

TEST_F(FileReaderTest, ReadsABatchWithFewDescriptorsLeft) {
  std::vector<std::string> paths;
  for (int i = 0; i < 300; i++) {
    paths.push_back(std::to_string(i) + ".json");
    directory_.write(paths.back(), paths.back());
  }

  EXPECT_TRUE(holdsInChild([&] {
    if (!leaveDescriptors(3)) return false;
    size_t right = 0;
    readFiles(root_, paths, options_, [&](size_t index, Result<FileContent> content) {
      if (content && content->bytes == paths[index]) right++;
    });
    return right == paths.size();
  }));
}

TEST_F(FileReaderTest, LeavesNoDescriptorOpen) {
  const UniqueFd before(::open("/", O_RDONLY));
  directory_.write("a.json", "a");

  readFiles(root_, {"a.json", "missing.json", "a.json"}, options_);

  const UniqueFd after(::open("/", O_RDONLY));
  EXPECT_EQ(after.get(), before.get() + 1);
}

}  // namespace
}  // namespace fsdb
