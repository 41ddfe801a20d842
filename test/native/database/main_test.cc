// The tests' program, which also serves as the other process: see support/other_process.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "database/support/other_process.h"

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--follow") return fsdb::follow(argv[2], argv[3]);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
