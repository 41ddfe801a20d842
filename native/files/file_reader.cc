#include "files/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace fsdb {
namespace {

// A file that changes during each of so many readings has a busy writer: its next event will come.
constexpr int kMaxReadings = 4;

Result<FileStat> statRegularFile(int fd, const std::string& relative) {
  auto raw = statEntry(fd, "");
  if (!raw) return systemError("stat", relative, raw.error().systemCode);
  if (!S_ISREG(raw->stx_mode)) return systemError("read", relative, ENOENT);
  return fileStatOf(*raw);
}

// Reads up to `size` bytes: whether the file has grown since is for the second stat to tell.
Result<void> readBytes(int fd, const std::string& relative, int64_t size, std::string& bytes) {
  bytes.resize(static_cast<size_t>(size));
  size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("read", relative, errno);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  bytes.resize(length);
  return {};
}

// nullopt: the file changed meanwhile.
Result<std::optional<FileContent>> readOpen(int fd, const std::string& relative,
                                            const ReadOptions& options) {
  FileContent content;
  content.takenNs = wallNowNs();
  auto before = statRegularFile(fd, relative);
  if (!before) return std::move(before).error();
  if (before->size > options.maxFileBytes) {
    Error error;
    error.code = ErrorCode::kLimit;
    error.message = "read " + relative + ": " + std::to_string(before->size) +
                    " bytes are more than the limit of " + std::to_string(options.maxFileBytes);
    error.path = relative;
    return error;
  }
  FSDB_TRY(readBytes(fd, relative, before->size, content.bytes));
  auto after = statRegularFile(fd, relative);
  if (!after) return std::move(after).error();
  const bool whole = content.bytes.size() == static_cast<size_t>(before->size);
  if (!whole || *before != *after) return std::optional<FileContent>();
  content.stat = *after;
  content.hash = hashContent(content.bytes);
  return std::optional<FileContent>(std::move(content));
}

// Of `opened` first if it is open, then of what the path leads to.
Result<FileContent> readStable(const RootDirectory& root, const std::string& relative,
                               const ReadOptions& options, UniqueFd opened) {
  for (int reading = 0; reading < kMaxReadings; reading++) {
    if (!opened) {
      auto fd = root.openFile(relative, options.followSymlinks);
      // A socket cannot be opened, nor a device without a driver.
      if (!fd && fd.error().systemCode == ENXIO) return systemError("read", relative, ENOENT);
      if (!fd) return std::move(fd).error();
      opened = std::move(*fd);
    }
    auto content = readOpen(opened.get(), relative, options);
    if (!content) return std::move(content).error();
    if (*content) return std::move(**content);
    opened.reset();
  }
  return systemError("read", relative, EAGAIN);
}

}  // namespace

Result<FileContent> readFile(const RootDirectory& root, const std::string& relative,
                             const ReadOptions& options) {
  return readStable(root, relative, options, UniqueFd());
}

void readFiles(const RootDirectory& root, const std::vector<std::string>& paths,
               const ReadOptions& options, const FileSink& sink) {
  std::vector<UniqueFd> opened;
  opened.reserve(std::min(paths.size(), kOpenAhead));
  for (size_t first = 0; first < paths.size(); first += kOpenAhead) {
    const size_t end = std::min(first + kOpenAhead, paths.size());
    opened.clear();
    for (size_t i = first; i < end; i++) {
      // What cannot be opened now, perhaps for want of descriptors, is tried again and reported
      // below.
      auto fd = root.openFile(paths[i], options.followSymlinks);
      opened.push_back(fd ? std::move(*fd) : UniqueFd());
      if (fd) ::posix_fadvise(opened.back().get(), 0, 0, POSIX_FADV_WILLNEED);
    }
    for (size_t i = first; i < end; i++) {
      sink(i, readStable(root, paths[i], options, std::move(opened[i - first])));
    }
  }
}

std::vector<Result<FileContent>> readFiles(const RootDirectory& root,
                                           const std::vector<std::string>& paths,
                                           const ReadOptions& options) {
  std::vector<Result<FileContent>> contents;
  contents.reserve(paths.size());
  readFiles(root, paths, options, [&contents](size_t, Result<FileContent> content) {
    contents.push_back(std::move(content));
  });
  return contents;
}

}  // namespace fsdb
