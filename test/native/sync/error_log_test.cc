#include "sync/error_log.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"

namespace fsdb {
namespace {

using std::chrono::milliseconds;

class ErrorLogTest : public testing::Test {
 protected:
  static FileError parseError(const std::string& path, int line = 1) {
    FileError error;
    error.type = "t";
    error.filePath = path;
    error.error.code = ErrorCode::kParse;
    error.error.line = line;
    error.attempts = 1;
    return error;
  }
  static FileError ioError(const std::string& path, milliseconds retryAfter) {
    FileError error = parseError(path);
    error.error.code = ErrorCode::kIo;
    error.nextRetryAt = "2026-01-01T00:00:00.000Z";
    error.retryAfter = retryAfter;
    return error;
  }
  bool add(const FileError& error) { return log_.add(error, clock_.now()); }

  FakeClock clock_;
  ErrorLog log_;
};

TEST_F(ErrorLogTest, TheSameErrorAgainIsNoNews) {
  EXPECT_TRUE(add(parseError("a")));
  FileError again = parseError("a");
  again.attempts = 2;
  EXPECT_FALSE(add(again));
  EXPECT_EQ(log_.all().at(0).attempts, 2);
  EXPECT_TRUE(add(parseError("a", 2)));
  EXPECT_EQ(log_.all().size(), 1u);
}

TEST_F(ErrorLogTest, AnErrorThatCameBackIsNews) {
  add(parseError("a"));
  log_.remove({"t", "a"});

  EXPECT_TRUE(log_.all().empty());
  EXPECT_TRUE(add(parseError("a")));
}

TEST_F(ErrorLogTest, WhatTheSystemReportedIsDueAfterItsTime) {
  add(ioError("b", milliseconds(200)));
  add(ioError("a", milliseconds(100)));
  add(parseError("c"));

  EXPECT_EQ(log_.waiting(), 2u);
  EXPECT_EQ(log_.nextDeadline(), clock_.now() + milliseconds(100));
  EXPECT_TRUE(log_.takeDue(clock_.now()).empty());
  clock_.advance(milliseconds(100));
  EXPECT_EQ(log_.takeDue(clock_.now()), (std::vector<ErrorLog::Key>{{"t", "a"}}));
  clock_.advance(milliseconds(100));
  EXPECT_EQ(log_.takeDue(clock_.now()), (std::vector<ErrorLog::Key>{{"t", "b"}}));
  EXPECT_FALSE(log_.nextDeadline());
  EXPECT_EQ(log_.all().size(), 3u);
}

TEST_F(ErrorLogTest, AnErrorThatWaitsForAChangeEndsTheRetries) {
  add(ioError("a", milliseconds(100)));
  add(parseError("a"));

  EXPECT_EQ(log_.waiting(), 0u);
}

TEST_F(ErrorLogTest, ReconcilingTakesOverWhatIsNewAndLeavesTheRestItsTime) {
  add(ioError("same", milliseconds(500)));
  add(parseError("gone"));
  log_.reconcile({ioError("same", milliseconds(0)), parseError("new")}, clock_.now());

  std::vector<std::string> paths;
  for (const auto& error : log_.all()) paths.push_back(error.filePath);
  EXPECT_EQ(paths, (std::vector<std::string>{"new", "same"}));
  EXPECT_EQ(log_.nextDeadline(), clock_.now() + milliseconds(500));
}

TEST_F(ErrorLogTest, AFileThatIsWellIsNotTriedAgain) {
  add(ioError("a", milliseconds(100)));
  log_.remove({"t", "a"});
  clock_.advance(milliseconds(100));

  EXPECT_TRUE(log_.takeDue(clock_.now()).empty());
}

}  // namespace
}  // namespace fsdb
