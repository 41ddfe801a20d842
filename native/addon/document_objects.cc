#include "addon/document_objects.h"

#include "addon/batch.h"
#include "addon/conversions.h"
#include "addon/database.h"
#include "addon/factories.h"
#include "documents/page_token.h"
#include "documents/query_compiler.h"

namespace fsdb {
namespace {

constexpr size_t kFields = 10;
constexpr size_t kChangeFields = 7;

// The order is that of `documents` in binding.d.ts.
void add(Batch& batch, Napi::Env env, const StoredDocument& document) {
  batch.add(toJs(env, document.type));
  batch.add(toJs(env, document.id));
  batch.add(toJs(env, document.name));
  batch.add(toJs(env, document.document));
  batch.add(toJs(env, document.version));
  batch.add(toJs(env, document.seq));
  batch.add(toJsOrNull(env, document.filePath));
  batch.add(toJsOrNull(env, document.fileModified));
  batch.add(toJs(env, document.createdAt));
  batch.add(toJs(env, document.updatedAt));
  batch.endRow();
}

}  // namespace

Napi::Value toJs(const Factories& factories, const StoredDocument& document) {
  const auto rows = Napi::Array::New(factories.env());
  {
    Batch batch(factories.env(), factories.documents(), rows, kFields);
    add(batch, factories.env(), document);
    batch.flush();
  }
  return rows.Get(0U);
}

Napi::Value toJs(const Factories& factories, const DocumentPage& page) {
  const Napi::Env env = factories.env();
  const auto rows = Napi::Array::New(env);
  {
    Batch batch(env, factories.documents(), rows, kFields);
    for (const auto& document : page.rows) add(batch, env, document);
    batch.flush();
  }
  auto object = Napi::Object::New(env);
  object.Set("rows", rows);
  if (page.page) object.Set("page", toJs(env, *page.page));
  object.Set("pageSize", toJs(env, page.pageSize));
  if (page.total) object.Set("total", toJs(env, *page.total));
  object.Set("hasMore", page.hasMore);
  if (page.next) object.Set("next", *page.next);
  return object;
}

Napi::Value toJs(const Factories& factories, const std::vector<DocumentChange>& changes) {
  const Napi::Env env = factories.env();
  const auto rows = Napi::Array::New(env);
  {
    Batch batch(env, factories.documentChanges(), rows, kChangeFields);
    for (const auto& change : changes) {
      batch.add(toJs(env, change.seq));
      batch.add(toJs(env, change.op));
      batch.add(toJs(env, change.type));
      batch.add(toJs(env, change.id));
      batch.add(toJs(env, change.version));
      batch.add(toJs(env, change.origin));
      batch.add(toJs(env, change.at));
      batch.endRow();
    }
    batch.flush();
  }
  return rows;
}

Napi::Value toJs(const Factories& factories, const std::vector<DocumentReference>& references) {
  const Napi::Env env = factories.env();
  const auto objects = Napi::Array::New(env, references.size());
  uint32_t i = 0;
  for (const auto& reference : references) {
    const Napi::HandleScope scope(env);
    auto object = Napi::Object::New(env);
    object.Set("type", toJs(env, reference.type));
    object.Set("id", toJs(env, reference.id));
    object.Set("name", toJsOrNull(env, reference.name));
    object.Set("context", toJsOrNull(env, reference.context));
    object.Set("dangling", Napi::Boolean::New(env, reference.dangling));
    objects.Set(i++, object);
  }
  return objects;
}

Napi::Value toJs(const Factories& factories, const QueryPlan& plan) {
  const Napi::Env env = factories.env();
  const auto texts = [&](const std::vector<std::string>& all) {
    const auto array = Napi::Array::New(env, all.size());
    for (size_t i = 0; i < all.size(); i++) array.Set(static_cast<uint32_t>(i), toJs(env, all[i]));
    return array;
  };
  auto object = Napi::Object::New(env);
  object.Set("usesIndex", Napi::Boolean::New(env, plan.usesIndex));
  object.Set("indexes", texts(plan.indexes));
  object.Set("sorts", Napi::Boolean::New(env, plan.sorts));
  object.Set("steps", texts(plan.steps));
  object.Set("sql", toJs(env, plan.sql));
  return object;
}

Napi::Value toJs(const Factories& factories, const std::vector<SearchHit>& hits) {
  const Napi::Env env = factories.env();
  const auto rows = Napi::Array::New(env);
  const auto ranks = Napi::Array::New(env, hits.size());
  const auto snippets = Napi::Array::New(env, hits.size());
  {
    Batch batch(env, factories.documents(), rows, kFields);
    for (const auto& hit : hits) add(batch, env, hit.document);
    batch.flush();
  }
  for (size_t i = 0; i < hits.size(); i++) {
    const Napi::HandleScope scope(env);
    ranks.Set(static_cast<uint32_t>(i), toJs(env, hits[i].rank));
    snippets.Set(static_cast<uint32_t>(i), toJs(env, hits[i].snippet));
  }
  auto object = Napi::Object::New(env);
  object.Set("rows", rows);
  object.Set("ranks", ranks);
  object.Set("snippets", snippets);
  return object;
}

Napi::Value toJs(const Factories& factories, const CompiledQuery& query) {
  const Napi::Env env = factories.env();
  const auto values = [&](const std::vector<Value>& all) {
    const auto array = Napi::Array::New(env, all.size());
    for (size_t i = 0; i < all.size(); i++) {
      napi_value value = null(env);
      if (const auto* text = std::get_if<std::string>(&all[i])) value = toJs(env, *text);
      if (const auto* real = std::get_if<double>(&all[i])) value = toJs(env, *real);
      if (const auto* integer = std::get_if<int64_t>(&all[i])) {
        value = Napi::BigInt::New(env, *integer);
      }
      array.Set(static_cast<uint32_t>(i), value);
    }
    return array;
  };
  const auto columns = Napi::Array::New(env, query.keyColumns.size());
  for (size_t i = 0; i < query.keyColumns.size(); i++) {
    columns.Set(static_cast<uint32_t>(i), toJs(env, query.keyColumns[i]));
  }
  auto object = Napi::Object::New(env);
  object.Set("sql", toJs(env, query.sql));
  object.Set("values", values(query.values));
  object.Set("keyColumns", columns);
  object.Set("order", Napi::BigInt::New(env, query.order));
  object.Set("pageSize", toJs(env, query.pageSize));
  object.Set("page", query.page ? Napi::Value(env, toJs(env, *query.page)) : env.Undefined());
  object.Set("countSql", toJs(env, query.countSql));
  object.Set("countValues", values(query.countValues));
  return object;
}

std::string toPageToken(const Napi::BigInt& order, const Napi::Array& keys) {
  bool lossless = false;
  PageToken token;
  token.order = order.Uint64Value(&lossless);
  for (uint32_t i = 0; i < keys.Length(); i++) {
    const Napi::Value key = keys.Get(i);
    Value& value = token.keys.emplace_back();
    if (key.IsBigInt()) value = key.As<Napi::BigInt>().Int64Value(&lossless);
    if (key.IsNumber()) value = key.As<Napi::Number>().DoubleValue();
    if (key.IsString()) value = toText(key);
  }
  return encodePageToken(token);
}

Napi::Value toJs(const Factories& factories, const std::vector<SearchProgress>& progress) {
  const Napi::Env env = factories.env();
  const auto objects = Napi::Array::New(env, progress.size());
  for (size_t i = 0; i < progress.size(); i++) {
    auto object = Napi::Object::New(env);
    object.Set("type", toJs(env, progress[i].type));
    object.Set("indexed", toJs(env, progress[i].indexed));
    object.Set("ready", Napi::Boolean::New(env, progress[i].ready));
    objects.Set(static_cast<uint32_t>(i), object);
  }
  return objects;
}

Napi::Value toJs(const Factories& factories, const std::map<std::string, int64_t>& counts) {
  return toJs(factories,
              std::vector<std::pair<std::string, int64_t>>(counts.begin(), counts.end()));
}

Napi::Value toJs(const Factories& factories,
                 const std::vector<std::pair<std::string, int64_t>>& counts) {
  const Napi::Env env = factories.env();
  const auto pairs = Napi::Array::New(env, counts.size());
  uint32_t i = 0;
  for (const auto& [name, count] : counts) {
    const Napi::HandleScope scope(env);
    const auto pair = Napi::Array::New(env, 2);
    pair.Set(0U, toJs(env, name));
    pair.Set(1U, toJs(env, count));
    pairs.Set(i++, pair);
  }
  return pairs;
}

DocumentOptions toDocumentOptions(const Napi::Object& options) {
  DocumentOptions converted;
  static_cast<DatabaseOptions&>(converted) = toDatabaseOptions(options);
  const auto collections = options.Get("collections").As<Napi::Array>();
  for (uint32_t i = 0; i < collections.Length(); i++) {
    const auto given = collections.Get(i).As<Napi::Object>();
    CollectionOptions& collection = converted.collections[toText(given.Get("type"))];
    collection.indexes = toTexts(given.Get("indexes"));
    collection.unique = toTexts(given.Get("unique"));
    collection.fromFiles = given.Get("fromFiles").ToBoolean() && !collection.unique.empty();
    collection.references = toText(given.Get("references"));
    collection.tags = toText(given.Get("tags"));
    const Napi::Value search = given.Get("search");
    if (!search.IsUndefined()) {
      const auto wanted = search.As<Napi::Object>();
      collection.search.emplace();
      collection.search->paths = toTexts(wanted.Get("paths"));
      collection.search->trigram = wanted.Get("trigram").ToBoolean();
      collection.search->later = given.Get("fromFiles").ToBoolean();
    }
    KeepOptions keep;
    keep.newest = toOptionalInteger(given.Get("keepNewest"));
    keep.per = toText(given.Get("keepPer"));
    keep.olderThanMs = toOptionalInteger(given.Get("keepOlderThanMs"));
    if (keep.newest || keep.olderThanMs) collection.keep = keep;
  }
  return converted;
}

Query toQuery(const Napi::Object& query) {
  Query converted;
  converted.type = toOptionalText(query.Get("type"));
  const Napi::Value where = query.Get("where");
  if (!where.IsUndefined()) converted.where = toQueryValue(where, "where");
  converted.search = toOptionalText(query.Get("search"));
  converted.orderBy = toTexts(query.Get("orderBy"));
  converted.limit = toOptionalInteger(query.Get("limit"));
  converted.after = toOptionalText(query.Get("after"));
  converted.page = toOptionalInteger(query.Get("page"));
  converted.pageSize = toOptionalInteger(query.Get("pageSize"));
  return converted;
}

DocumentWrite toDocumentWrite(const Napi::Object& write) {
  DocumentWrite converted;
  const std::string kind = toText(write.Get("kind"));
  converted.kind = kind == "insert"  ? DocumentWrite::Kind::kInsert
                   : kind == "put"   ? DocumentWrite::Kind::kPut
                   : kind == "patch" ? DocumentWrite::Kind::kPatch
                                     : DocumentWrite::Kind::kDelete;
  converted.type = toText(write.Get("type"));
  converted.id = toText(write.Get("id"));
  converted.name = toOptionalText(write.Get("name"));
  converted.json = toText(write.Get("json"));
  converted.guard.ifVersion = toOptionalInteger(write.Get("ifVersion"));
  converted.guard.onlyIfNewer = toOptionalText(write.Get("onlyIfNewer"));
  return converted;
}

}  // namespace fsdb
