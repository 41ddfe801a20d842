#include "addon/open_database.h"

#include <utility>

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/environment.h"

namespace fsdb {
namespace {

constexpr char kBusy[] = "This database connection is busy executing a query";

// Query builders prepare anew for every query: preparing takes some 10 us, finding 0.3 us. Programs
// have few different statements that come again and again; those that have many build values into
// them, and must not fill the memory.
constexpr size_t kMaxCached = 200;
constexpr size_t kMaxCachedBytes = size_t{4} << 20;
constexpr size_t kMaxCachedSql = size_t{16} << 10;

}  // namespace

OpenDatabase::OpenDatabase() : cache_(kMaxCached, kMaxCachedBytes) {}

void OpenDatabase::checkOpen(Napi::Env env) const {
  if (database) return;
  auto error = Napi::TypeError::New(env, kNotOpen);
  error.Set("code", "FSDB_CLOSED");
  throw Napi::TypeError(error);
}

void OpenDatabase::checkIdle(Napi::Env env) const {
  checkOpen(env);
  if (unsafe) return;
  if (iterating > 0 || executing > 0) throw Napi::TypeError::New(env, kBusy);
}

std::shared_ptr<CompiledStatement> OpenDatabase::compile(const std::string& sql) {
  if (auto* found = cache_.find(sql); found != nullptr && !(*found)->inUse) return *found;
  auto prepared = connection().prepare(sql);
  if (!prepared) throw sqlError(prepared.error());
  auto compiled = std::make_shared<CompiledStatement>(std::move(prepared).value(), environment);
  const bool comesAgain = compiled->kind() != CompiledStatement::Kind::kOther;
  if (comesAgain && !compiled->isExplain() && sql.size() <= kMaxCachedSql) {
    cache_.insert(sql, compiled, compiled->bytes() + sql.size());
  }
  return compiled;
}

void OpenDatabase::ran(CompiledStatement& statement) {
  const bool mayChange =
      statement.kind() == CompiledStatement::Kind::kOther && !statement.isExplain();
  if (mayChange || statement.takePreparedAgain()) cache_.clear();
}

Napi::Error OpenDatabase::sqlError(const Error& error) {
  if (thrown_) {
    const Napi::Error thrown = *std::exchange(thrown_, std::nullopt);
    return thrown;
  }
  return environment->factories().sqlError(error);
}

void OpenDatabase::log(const Statement& statement) const {
  if (object != nullptr) object->logSql(statement.expandedSql());
}

}  // namespace fsdb
