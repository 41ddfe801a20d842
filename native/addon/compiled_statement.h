// An SQLite statement as Statement objects run it. Several of them share one as long as nobody can
// tell: who runs it, or iterates its rows, has it for that time, and another one meanwhile gets one
// of its own.
//
// Threads: the JavaScript thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "addon/factories.h"
#include "addon/parameters.h"
#include "sqlite/statement.h"

namespace fsdb {

class Environment;

class CompiledStatement {
 public:
  enum class Kind : uint8_t {
    kRows,     // reads or writes rows
    kControl,  // BEGIN, COMMIT, SAVEPOINT, RELEASE
    kOther,    // may change the schema, or what other statements mean
  };

  CompiledStatement(Statement statement, std::shared_ptr<Environment> environment);
  ~CompiledStatement();
  CompiledStatement(const CompiledStatement&) = delete;
  CompiledStatement& operator=(const CompiledStatement&) = delete;

  // Empty after end().
  Statement& statement() { return statement_; }
  const Parameters& parameters() const { return parameters_; }
  Kind kind() const { return kind_; }
  bool isReader() const { return reader_; }
  bool isReadonly() const { return readonly_; }
  bool isExplain() const { return explain_; }
  size_t bytes() const { return bytes_; }

  // Makes the rows of this statement.
  const RowFactory& rowFactory(RowMode mode);

  // True once after SQLite has prepared it again, because the schema had changed.
  bool takePreparedAgain();

  // Finalizes the SQLite statement.
  void end() { statement_ = Statement(); }

  bool inUse = false;

 private:
  Statement statement_;
  const std::shared_ptr<Environment> environment_;
  const Parameters parameters_;
  const Kind kind_;
  const bool reader_;
  const bool readonly_;
  const bool explain_;
  const size_t bytes_;
  int timesPrepared_ = 0;
  int factoriesPrepared_ = 0;  // timesPrepared of factories_
  std::array<std::shared_ptr<RowFactory>, kRowModes> factories_;
};

// By the first word of `sql`.
CompiledStatement::Kind kindOf(std::string_view sql);

}  // namespace fsdb
