#include "side.h"

#include <simdjson.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>

namespace fsdb {
namespace {

double wallNowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double cpuNowMs() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

int64_t residentKb() {
  int64_t total = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

int64_t largestKb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

void fail(const std::string& what) {
  std::cerr << what << '\n';
  std::exit(1);
}

Job jobOf(int argc, char** argv) {
  if (argc != 2) fail("usage: <program> '{\"directory\":...}'");
  simdjson::dom::parser parser;
  const simdjson::padded_string text{std::string_view(argv[1])};
  simdjson::dom::element root;
  if (parser.parse(text).get(root)) fail("the job is not JSON");
  Job job;
  std::string_view value;
  if (!root["directory"].get(value)) job.directory = value;
  if (!root["database"].get(value)) job.database = value;
  if (root["threads"].get(job.threads)) job.threads = 1;
  if (root["debounceMs"].get(job.debounceMs)) job.debounceMs = 0;
  return job;
}

Usage::Usage() : startKb_(residentKb()) { restart(); }

void Usage::restart() {
  wallMs_ = wallNowMs();
  cpuMs_ = cpuNowMs();
}

void Usage::answer(int64_t scanned, int64_t changes) {
  const double wallMs = wallNowMs() - wallMs_;
  const double cpuMs = cpuNowMs() - cpuMs_;
  const double growthMb = static_cast<double>(largestKb() - startKb_) / 1024;
  std::printf(
      "{\"wallMs\":%.3f,\"cpuMs\":%.3f,\"growthMb\":%.1f,\"scanned\":%ld,\"changes\":%ld}\n",
      wallMs, cpuMs, growthMb, static_cast<long>(scanned), static_cast<long>(changes));
  std::fflush(stdout);
  restart();
}

void serve(Usage& usage) {
  std::string line;
  while (std::getline(std::cin, line) && line != "stop") usage.answer(0, 0);
}

}  // namespace fsdb
