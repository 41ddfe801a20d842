#include "documents/collection_rules.h"

#include <algorithm>
#include <utility>

#include "documents/where_compiler.h"

namespace fsdb {
namespace {

// There is one per declared path; programs that make up types must not fill the memory.
constexpr size_t kMaxStatements = 200;

}  // namespace

Result<CollectionRules> CollectionRules::create(Connection& connection) {
  auto catalog = CollectionCatalog::create(connection);
  if (!catalog) return std::move(catalog).error();
  return CollectionRules(connection, std::move(catalog).value());
}

Result<Statement*> CollectionRules::take(const std::string& sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return &found->second;
  auto statement = connection_->prepare(sql);
  if (!statement) return std::move(statement).error();
  if (statements_.size() >= kMaxStatements) statements_.clear();
  return &statements_.emplace(sql, std::move(statement).value()).first->second;
}

// Asked before the write, so that the answer can name what stands in the way. The index itself
// refuses what plain SQL writes.
Result<std::optional<CollectionRules::Collision>> CollectionRules::findCollision(
    const Candidate& candidate, const CollectionOptions& options) {
  for (const auto& path : options.unique) {
    auto target = resolveTarget(path, path);
    if (!target) return std::move(target).error();
    const bool isName = target->sql == "name";
    if (target->kind != QueryTarget::Kind::kJson && !isName) continue;
    auto statement =
        take("SELECT id FROM documents WHERE type = " + quoteText(candidate.type) + " AND " +
             target->sql + " = " + (isName ? "?3" : "json_extract(?1, " + target->path + ")") +
             " AND id <> ?2 LIMIT 1");
    if (!statement) return std::move(statement).error();
    if (!isName) FSDB_TRY((*statement)->bindStatic(1, candidate.json));
    FSDB_TRY((*statement)->bindStatic(2, candidate.id));
    if (isName) FSDB_TRY((*statement)->bindStatic(3, candidate.name));
    auto row = (*statement)->step();
    if (!row) return std::move(row).error();
    if (!*row) continue;
    Collision collision{path, std::string((*statement)->text(0))};
    (*statement)->reset();
    return std::optional<Collision>(std::move(collision));
  }
  return std::optional<Collision>();
}

Result<std::vector<CollectionRules::Surplus>> CollectionRules::findSurplus(
    const Candidate& candidate, const KeepOptions& keep, WallTime now) {
  std::vector<Surplus> surplus;
  if (keep.newest) FSDB_TRY(findBeyond(candidate, keep, surplus));
  if (keep.olderThanMs) {
    const auto before = now - std::chrono::milliseconds(*keep.olderThanMs);
    FSDB_TRY(findOlder(candidate.type, toIso(before), surplus));
  }
  return surplus;
}

Result<void> CollectionRules::findBeyond(const Candidate& candidate, const KeepOptions& keep,
                                         std::vector<Surplus>& surplus) {
  const auto column = keepGroup(keep.per, "document");
  if (!column) return column.error();
  const std::string type = quoteText(candidate.type);
  const std::string group = *keepGroup(keep.per, "?1");
  auto count = take("SELECT count FROM _fsdb_keep WHERE type = " + type + " AND value = " + group);
  if (!count) return std::move(count).error();
  if (!keep.per.empty()) FSDB_TRY((*count)->bindStatic(1, candidate.json));
  auto row = (*count)->step();
  if (!row) return std::move(row).error();
  const int64_t beyond = *row ? (*count)->integer(0) - *keep.newest : 0;
  (*count)->reset();
  if (beyond <= 0) return {};
  auto oldest =
      take("SELECT seq, id, version FROM documents WHERE type = " + type +
           (keep.per.empty() ? "" : " AND " + *column + " = " + group) + " ORDER BY seq LIMIT ?2");
  if (!oldest) return std::move(oldest).error();
  if (!keep.per.empty()) FSDB_TRY((*oldest)->bindStatic(1, candidate.json));
  FSDB_TRY((*oldest)->bind(2, std::min(beyond, kMaxDropped)));
  return readSurplus(**oldest, surplus);
}

Result<void> CollectionRules::findOlder(std::string_view type, const std::string& before,
                                        std::vector<Surplus>& surplus) {
  auto older = take("SELECT seq, id, version FROM documents WHERE type = " + quoteText(type) +
                    " AND created_at < ?1 ORDER BY created_at LIMIT ?2");
  if (!older) return std::move(older).error();
  FSDB_TRY((*older)->bind(1, std::string_view(before)));
  FSDB_TRY((*older)->bind(2, kMaxDropped));
  return readSurplus(**older, surplus);
}

Result<void> CollectionRules::readSurplus(Statement& statement, std::vector<Surplus>& surplus) {
  for (;;) {
    auto row = statement.step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    const int64_t seq = statement.integer(0);
    const bool known = std::any_of(surplus.begin(), surplus.end(),
                                   [&](const Surplus& other) { return other.seq == seq; });
    if (known) continue;
    surplus.push_back({seq, std::string(statement.text(1)), statement.integer(2)});
  }
}

}  // namespace fsdb
