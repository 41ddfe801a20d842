// Documents, pages and counts as JavaScript values.
//
// Threads: the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "database/document_database.h"
#include "documents/change_feed.h"
#include "documents/document_write.h"
#include "documents/query.h"

namespace fsdb {

class Factories;
struct CompiledQuery;

Napi::Value toJs(const Factories& factories, const StoredDocument& document);
Napi::Value toJs(const Factories& factories, const DocumentPage& page);

Napi::Value toJs(const Factories& factories, const std::vector<DocumentChange>& changes);
Napi::Value toJs(const Factories& factories, const std::vector<DocumentReference>& references);
Napi::Value toJs(const Factories& factories, const QueryPlan& plan);
Napi::Value toJs(const Factories& factories, const std::vector<SearchHit>& hits);
Napi::Value toJs(const Factories& factories, const CompiledQuery& query);
// From the values that the last row of a page is ordered by.
std::string toPageToken(const Napi::BigInt& order, const Napi::Array& keys);
Napi::Value toJs(const Factories& factories, const std::vector<SearchProgress>& progress);

// As pairs: a tag may be called anything.
Napi::Value toJs(const Factories& factories,
                 const std::vector<std::pair<std::string, int64_t>>& counts);

// [type, count] pairs: a type may be called anything, also what no property may be called.
Napi::Value toJs(const Factories& factories, const std::map<std::string, int64_t>& counts);

// From the options of lib/, checked there, with their array `collections`.
DocumentOptions toDocumentOptions(const Napi::Object& options);

// From the object that lib/ has checked.
DocumentWrite toDocumentWrite(const Napi::Object& write);

// From the object that lib/ has checked and completed. Throws for a `where` that is no query.
Query toQuery(const Napi::Object& query);

}  // namespace fsdb
