// The floor of a start with nothing changed: the names and the stats of all files.
#include "folder.h"
#include "side.h"

int main(int argc, char** argv) {
  const fsdb::Job job = fsdb::jobOf(argc, argv);
  fsdb::Usage usage;
  const auto files = fsdb::listFiles(job.directory, job.threads);
  usage.answer(static_cast<int64_t>(files.size()), 0);
  fsdb::serve(usage);
  return 0;
}
