#include "addon/document_objects.h"

#include "addon/batch.h"
#include "addon/conversions.h"
#include "addon/factories.h"

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

Napi::Value toJs(const Factories& factories, const std::map<std::string, int64_t>& counts) {
  const Napi::Env env = factories.env();
  const auto pairs = Napi::Array::New(env, counts.size());
  uint32_t i = 0;
  for (const auto& [type, count] : counts) {
    const Napi::HandleScope scope(env);
    const auto pair = Napi::Array::New(env, 2);
    pair.Set(0U, toJs(env, type));
    pair.Set(1U, toJs(env, count));
    pairs.Set(i++, pair);
  }
  return pairs;
}

Query toQuery(const Napi::Object& query) {
  Query converted;
  converted.type = toOptionalText(query.Get("type"));
  const Napi::Value where = query.Get("where");
  if (!where.IsUndefined()) converted.where = toQueryValue(where, "where");
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
