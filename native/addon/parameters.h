// Binds the arguments of get(), all(), iterate() and run() to a statement's parameters.
//
// As in better-sqlite3: plain `?` take the arguments in order, spread or in arrays; named ones take
// the members of one object. Unlike there, `?1` and its kin count as plain, whole numbers are bound
// as INTEGER, and booleans as 0 and 1.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <array>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/statement.h"

namespace fsdb {

// The parameters of a statement, as they were prepared.
class Parameters {
 public:
  explicit Parameters(const Statement& statement);

  int count() const { return static_cast<int>(names_.size()); }
  // Empty for a plain one. From 1.
  const std::string& name(int index) const { return names_[static_cast<size_t>(index) - 1]; }
  int plain() const { return plain_; }
  int named() const { return count() - plain_; }

 private:
  std::vector<std::string> names_;
  int plain_ = 0;
};

// The bytes of a Buffer, another typed array, a DataView or an ArrayBuffer; false for all else.
// Never null, which SQLite would take for NULL.
bool bytesOf(napi_env env, napi_value value, std::string_view& bytes);

// Whether it is stored as INTEGER: a whole number that no other whole number rounds to.
bool isIntegral(double number);

// One binding of arguments. While it lives, the statement may be run; when it ends, the statement
// is reset, and its parameters must be bound again.
class Binding {
 public:
  enum class Keep : uint8_t {
    kWhileBound,  // text is not copied if it fits into this object
    kAlways,      // the statement outlives this object: release() it
  };
  Binding(Napi::Env env, Statement& statement, const Parameters& parameters, Keep keep);
  ~Binding();
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  // Throws TypeError for a value that SQLite cannot hold or for want of an object, RangeError for
  // too many or too few. May run JavaScript: getters of the arguments.
  void bind(const Napi::CallbackInfo& info);

  // As bind(), and returns copies of the values, which bind(values) binds again.
  std::vector<Value> bindAndKeep(const Napi::CallbackInfo& info);
  // `values` must live as long as this object, unless text is always copied.
  void bind(const std::vector<Value>& values);

  // The statement has run to its end, and is reset by that.
  void ended() { reset_ = true; }

  // Leaves the statement as it is when this object ends.
  void release() { released_ = true; }

 private:
  void bindArgument(napi_value argument);
  void bindElements(napi_value array);
  void bindMembers(napi_value object);
  void bindNext(napi_value value, napi_valuetype type);
  void bindValue(int index, napi_value value, napi_valuetype type);
  void bindNull(int index);
  void bindInteger(int index, int64_t number);
  void bindNumber(int index, napi_value value);
  void bindBigInt(int index, napi_value value);
  void bindText(int index, napi_value value);
  bool bindBytes(int index, napi_value value);
  void keep(int index, Value value);
  void checkBound(const Result<void>& bound);
  napi_valuetype typeOf(napi_value value);
  [[noreturn]] void refuse(napi_value value, napi_valuetype type);

  Napi::Env env_;
  Statement& statement_;
  const Parameters& parameters_;
  const Keep keep_;
  bool released_ = false;
  bool reset_ = false;
  bool holdsMemory_ = false;  // SQLite has copies, or views of more than buffer_
  std::vector<Value>* kept_ = nullptr;
  bool hasMembers_ = false;
  int next_ = 1;   // parameter that the next plain argument may be for
  int given_ = 0;  // plain arguments
  std::array<char, 1024> buffer_;
  size_t used_ = 0;
  std::list<std::string> texts_;  // those that do not fit into buffer_
};

}  // namespace fsdb
