// A floor as a side of a benchmark: its job comes as JSON in the first argument, its answers are
// lines of JSON, and lines on its standard input tell it when to answer again and when to end.
#pragma once

#include <cstdint>
#include <string>

namespace fsdb {

struct Job {
  std::string directory;
  std::string database;
  int64_t threads = 1;
  int64_t debounceMs = 0;
};

// Ends the process if there is no job.
Job jobOf(int argc, char** argv);

// Ends the process with a message: a floor has nothing to recover from.
[[noreturn]] void fail(const std::string& what);

// What this process has used since the last reading.
class Usage {
 public:
  Usage();

  // Writes an answer, with `scanned` and `changes` as the work that was done.
  void answer(int64_t scanned, int64_t changes);

 private:
  void restart();

  double wallMs_ = 0;
  double cpuMs_ = 0;
  int64_t startKb_ = 0;
};

// Answers every "mark" until "stop".
void serve(Usage& usage);

}  // namespace fsdb
