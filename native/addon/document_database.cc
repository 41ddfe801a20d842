// The methods of DocumentDatabase.
#include "database/document_database.h"

#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/document_objects.h"
#include "addon/environment.h"
#include "documents/query_compiler.h"

namespace fsdb {
namespace {

Result<std::unique_ptr<Database>> openDocumentDatabase(DatabaseObject&,
                                                       const Napi::CallbackInfo& info) {
  auto opened =
      DocumentDatabase::open(toText(info[0]), toDocumentOptions(info[1].As<Napi::Object>()));
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<Database>(std::move(opened).value());
}

// What a call has found. A wrong query is the caller's mistake.
template <typename T>
const T& found(const Factories& factories, const Result<T>& result) {
  if (result) return *result;
  if (result.error().code == ErrorCode::kParse) {
    throw Napi::TypeError::New(factories.env(), result.error().message);
  }
  throw factories.error(result.error());
}

// What a write came to: the document, or null. What was refused is thrown, with what stood in the
// way.
Napi::Value outcomeToJs(Napi::Env env, const WriteOutcome& outcome) {
  const auto& factories = Environment::of(env)->factories();
  const auto orNull = [&](const std::optional<StoredDocument>& document) {
    return document ? toJs(factories, *document) : env.Null();
  };
  if (!outcome.refused) return orNull(outcome.stored);
  auto error = factories.error(outcome.refused->error);
  const ErrorCode code = outcome.refused->error.code;
  if (code == ErrorCode::kConflict || code == ErrorCode::kConstraint) {
    error.Set("current", orNull(outcome.refused->current));
  }
  throw error;
}

}  // namespace

std::vector<DatabaseObject::PropertyDescriptor> DatabaseObject::documentMembers() {
  auto members = databaseMembers();
  members.push_back(InstanceMethod("get", &DatabaseObject::get));
  members.push_back(InstanceMethod("find", &DatabaseObject::find));
  members.push_back(InstanceMethod("count", &DatabaseObject::count));
  members.push_back(InstanceMethod("counts", &DatabaseObject::counts));
  members.push_back(InstanceMethod("changesSince", &DatabaseObject::changesSince));
  members.push_back(InstanceMethod("references", &DatabaseObject::references));
  members.push_back(InstanceMethod("backlinks", &DatabaseObject::backlinks));
  members.push_back(InstanceMethod("tags", &DatabaseObject::tags));
  members.push_back(InstanceMethod("search", &DatabaseObject::search));
  members.push_back(InstanceMethod("searchProgress", &DatabaseObject::searchProgress));
  members.push_back(InstanceMethod("compileFind", &DatabaseObject::compileFind));
  members.push_back(InstanceMethod("pageToken", &DatabaseObject::pageToken));
  members.push_back(InstanceMethod("explain", &DatabaseObject::explain));
  members.push_back(InstanceMethod("writeDocument", &DatabaseObject::writeDocument));
  return members;
}

Napi::Function DatabaseObject::defineDocumentDatabase(Napi::Env env) {
  return DefineClass(env, "DocumentDatabase", documentMembers(),
                     reinterpret_cast<void*>(&openDocumentDatabase));
}

// Only called on the classes that are opened as one.
DocumentDatabase& DatabaseObject::documents() {
  state_->checkOpen(Env());
  return static_cast<DocumentDatabase&>(*state_->database);
}

Napi::Value DatabaseObject::get(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  const auto document = reader.get(toText(info[0]), toText(info[1]));
  const auto& stored = found(factories, document);
  return stored ? toJs(factories, *stored) : Env().Null();
}

Napi::Value DatabaseObject::find(const Napi::CallbackInfo& info) {
  const Query query = toQuery(info[0].As<Napi::Object>());
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.find(query)));
}

Napi::Value DatabaseObject::count(const Napi::CallbackInfo& info) {
  const std::string type = toText(info[0]);
  std::optional<QueryValue> where;
  if (!info[1].IsUndefined()) where = toQueryValue(info[1], "where");
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return {Env(), toJs(Env(), found(factories, reader.count(type, where)))};
}

Napi::Value DatabaseObject::counts(const Napi::CallbackInfo&) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.counts()));
}

Napi::Value DatabaseObject::changesSince(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  const int64_t seq = info[0].As<Napi::Number>().Int64Value();
  const int64_t limit = info[1].As<Napi::Number>().Int64Value();
  return toJs(factories, found(factories, reader.changesSince(seq, limit)));
}

Napi::Value DatabaseObject::references(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.references(toText(info[0]), toText(info[1]))));
}

Napi::Value DatabaseObject::backlinks(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.backlinks(toText(info[0]), toText(info[1]))));
}

Napi::Value DatabaseObject::tags(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.tags(toText(info[0]))));
}

Napi::Value DatabaseObject::explain(const Napi::CallbackInfo& info) {
  const Query query = toQuery(info[0].As<Napi::Object>());
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.explain(query)));
}

Napi::Value DatabaseObject::compileFind(const Napi::CallbackInfo& info) {
  const Query query = toQuery(info[0].As<Napi::Object>());
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.compile(query)));
}

Napi::Value DatabaseObject::pageToken(const Napi::CallbackInfo& info) {
  const std::string token = toPageToken(info[0].As<Napi::BigInt>(), info[1].As<Napi::Array>());
  return Napi::String::New(Env(), token);
}

Napi::Value DatabaseObject::search(const Napi::CallbackInfo& info) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  const int64_t limit = info[2].As<Napi::Number>().Int64Value();
  const auto hits = reader.search(toText(info[0]), toOptionalText(info[1]), limit);
  return toJs(factories, found(factories, hits));
}

Napi::Value DatabaseObject::searchProgress(const Napi::CallbackInfo&) {
  auto& reader = documents().documents();
  const auto& factories = state_->environment->factories();
  return toJs(factories, found(factories, reader.searchProgress()));
}

Napi::Value DatabaseObject::writeDocument(const Napi::CallbackInfo& info) {
  DocumentWrite write = toDocumentWrite(info[0].As<Napi::Object>());
  const auto start = [&](DocumentWrites::Done done) {
    if (!state_->database) return done(closedError());
    documents().writeDocument(std::move(write), std::move(done));
  };
  return state_->environment->promise<WriteOutcome>(*this, start, &outcomeToJs);
}

}  // namespace fsdb
