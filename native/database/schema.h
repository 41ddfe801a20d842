// The internal schema of a database of documents, as the steps that lead to it.
#pragma once

#include <span>

#include "sqlite/migration.h"

namespace fsdb {

std::span<const Migration> documentMigrations();

// This program, as it is noted in the files that it writes.
extern const char* const kProgramVersion;

}  // namespace fsdb
