#include "sqlite/user_function.h"

#include <sqlite3.h>

#include <utility>

#include "sqlite/connection.h"

namespace fsdb {
namespace {

int flagsOf(const FunctionOptions& options) {
  int flags = SQLITE_UTF8;
  if (options.deterministic) flags |= SQLITE_DETERMINISTIC;
  // The schema is not trusted with functions that say neither.
  return flags | (options.directOnly ? SQLITE_DIRECTONLY : SQLITE_INNOCUOUS);
}

// SQLite's own limit is in bytes; it reports a longer name as a misuse, without a message.
constexpr size_t kMaxNameBytes = 255;

Result<void> checkName(const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes && name.find('\0') == std::string::npos) {
    return {};
  }
  Error error;
  error.code = ErrorCode::kSql;
  error.message = "the name of a function is 1 to 255 bytes long, without NUL";
  return error;
}

void call(sqlite3_context* context, int count, sqlite3_value** values) {
  FunctionOutcome outcome(context);
  (*static_cast<ScalarFunction*>(sqlite3_user_data(context)))({values, count}, outcome);
}

// The group that SQLite is at; made by the first call. Null after a failure to make it.
Aggregation* aggregationOf(sqlite3_context* context) {
  auto* const slot =
      static_cast<Aggregation**>(sqlite3_aggregate_context(context, sizeof(Aggregation*)));
  if (slot == nullptr) {
    sqlite3_result_error_nomem(context);
    return nullptr;
  }
  const auto& aggregate = *static_cast<AggregateFunction*>(sqlite3_user_data(context));
  if (*slot == nullptr) *slot = aggregate.start().release();
  if (*slot == nullptr) FunctionOutcome(context).fail("an aggregate could not start");
  return *slot;
}

void step(sqlite3_context* context, int count, sqlite3_value** values) {
  FunctionOutcome outcome(context);
  if (auto* aggregation = aggregationOf(context)) aggregation->step({values, count}, outcome);
}

void inverse(sqlite3_context* context, int count, sqlite3_value** values) {
  FunctionOutcome outcome(context);
  if (auto* aggregation = aggregationOf(context)) aggregation->inverse({values, count}, outcome);
}

void value(sqlite3_context* context) {
  FunctionOutcome outcome(context);
  if (auto* aggregation = aggregationOf(context)) aggregation->value(outcome);
}

// Also called to clean up after a statement that failed or was left.
void finalize(sqlite3_context* context) {
  const std::unique_ptr<Aggregation> aggregation(aggregationOf(context));
  FunctionOutcome outcome(context);
  if (aggregation) aggregation->value(outcome);
}

template <typename T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

}  // namespace

ValueType FunctionArguments::type(int index) const {
  return toValueType(sqlite3_value_type(values_[index]));
}

int64_t FunctionArguments::integer(int index) const { return sqlite3_value_int64(values_[index]); }

double FunctionArguments::real(int index) const { return sqlite3_value_double(values_[index]); }

std::string_view FunctionArguments::text(int index) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values_[index]));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_value_bytes(values_[index]))};
}

std::string_view FunctionArguments::blob(int index) const {
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values_[index]));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_value_bytes(values_[index]))};
}

void FunctionOutcome::setNull() { sqlite3_result_null(context_); }

void FunctionOutcome::set(int64_t value) { sqlite3_result_int64(context_, value); }

void FunctionOutcome::set(double value) { sqlite3_result_double(context_, value); }

void FunctionOutcome::setText(std::string_view text) {
  sqlite3_result_text64(context_, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
}

void FunctionOutcome::setBlob(std::string_view bytes) {
  sqlite3_result_blob64(context_, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                        SQLITE_TRANSIENT);
}

void FunctionOutcome::fail(std::string_view message) {
  sqlite3_result_error(context_, message.data(), static_cast<int>(message.size()));
}

Result<void> defineFunction(Connection& connection, const std::string& name,
                            const FunctionOptions& options, ScalarFunction function) {
  FSDB_TRY(checkName(name));
  // SQLite owns it from here on, also if it refuses it.
  auto* const owned = new ScalarFunction(std::move(function));
  const int code = sqlite3_create_function_v2(connection.handle(), name.c_str(), options.arguments,
                                              flagsOf(options), owned, &call, nullptr, nullptr,
                                              &destroy<ScalarFunction>);
  if (code != SQLITE_OK) return connection.lastError({});
  return {};
}

Result<void> defineAggregate(Connection& connection, const std::string& name,
                             const FunctionOptions& options, AggregateFunction aggregate) {
  FSDB_TRY(checkName(name));
  const bool window = aggregate.window;
  auto* const owned = new AggregateFunction(std::move(aggregate));
  const int code = sqlite3_create_window_function(
      connection.handle(), name.c_str(), options.arguments, flagsOf(options), owned, &step,
      &finalize, window ? &value : nullptr, window ? &inverse : nullptr,
      &destroy<AggregateFunction>);
  if (code != SQLITE_OK) return connection.lastError({});
  return {};
}

}  // namespace fsdb
