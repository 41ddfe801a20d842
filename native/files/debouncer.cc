#include "files/debouncer.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace fsdb {
namespace {

using std::chrono::milliseconds;

// How long a path of this kind waits whatever the settings say.
milliseconds floorOf(HintKind kind) {
  switch (kind) {
    case HintKind::kGone:
      return Debouncer::kGoneQuiet;
    case HintKind::kWriting:
      return Debouncer::kWritingQuiet;
    case HintKind::kSettled:
      break;
  }
  return milliseconds(0);
}

using Subtrees = std::set<std::pair<size_t, std::string_view>>;

bool isCovered(const SourceHint& entry, const Subtrees& subtrees) {
  const std::string_view path = entry.hint.path;
  if (path.empty()) return false;
  if (subtrees.count({entry.source, std::string_view()}) > 0) return true;
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    if (subtrees.count({entry.source, path.substr(0, slash)}) > 0) return true;
  }
  return false;
}

// Sorts, and leaves out what lies below a subtree that is in the list as well.
std::vector<SourceHint> widestOf(std::vector<SourceHint> hints) {
  std::sort(hints.begin(), hints.end(), [](const SourceHint& a, const SourceHint& b) {
    return std::tie(a.source, a.hint.path) < std::tie(b.source, b.hint.path);
  });
  Subtrees subtrees;
  for (const SourceHint& entry : hints) {
    if (entry.hint.scope == HintScope::kSubtree) subtrees.emplace(entry.source, entry.hint.path);
  }
  if (subtrees.empty()) return hints;
  std::vector<bool> covered(hints.size());
  for (size_t i = 0; i < hints.size(); ++i) covered[i] = isCovered(hints[i], subtrees);
  std::vector<SourceHint> widest;
  for (size_t i = 0; i < hints.size(); ++i) {
    if (!covered[i]) widest.push_back(std::move(hints[i]));
  }
  return widest;
}

}  // namespace

Debouncer::Debouncer(milliseconds quiet, milliseconds maxWait, const Clock& clock)
    : quiet_(quiet), maxWait_(maxWait), clock_(clock) {}

void Debouncer::add(size_t source, Hint hint) {
  const SteadyTime now = clock_.now();
  bool isFull = false;
  {
    MutexLock lock(inboxMutex_);
    inbox_.push_back({now, {source, std::move(hint)}});
    isFull = inbox_.size() >= kInboxHints;
  }
  if (!isFull) return;
  MutexLock lock(mutex_);
  openInbox();
}

void Debouncer::openInbox() {
  std::vector<Arrival> arrivals;
  {
    MutexLock lock(inboxMutex_);
    arrivals.swap(inbox_);
  }
  for (Arrival& arrival : arrivals) record(arrival);
}

void Debouncer::record(Arrival& arrival) {
  auto& [now, entry] = arrival;
  auto& [source, hint] = entry;
  Source& target = sources_[source];
  if (target.collapsed) hint = Hint{"", HintScope::kSubtree, HintKind::kSettled, 0};
  const auto [found, isNew] = target.paths.try_emplace(std::move(hint.path));
  Pending& pending = found->second;
  if (isNew) {
    pending.source = source;
    pending.path = &found->first;
    pending.first = now;
  }
  pending.last = now;
  pending.scope = std::max(pending.scope, hint.scope);
  pending.kind = hint.kind;
  if (hint.cookie != 0) tie(pending, hint.cookie);
  const SteadyTime deadline = deadlineOf(pending);
  if (isNew || deadline < pending.indexed) reindex(pending, deadline);
  if (target.paths.size() > kMaxPaths) collapse(target, source, now);
}

std::vector<SourceHint> Debouncer::takeDue() {
  const SteadyTime now = clock_.now();
  std::vector<SourceHint> due;
  {
    MutexLock lock(mutex_);
    openInbox();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      Pending* const pending = deadlines_.begin()->second;
      const SteadyTime deadline = deadlineOf(*pending);
      if (deadline > now) {
        reindex(*pending, deadline);
        continue;
      }
      while (pending->next != pending) due.push_back(remove(*pending->next));
      due.push_back(remove(*pending));
    }
  }
  return widestOf(std::move(due));
}

std::vector<SourceHint> Debouncer::takeAll() {
  std::vector<SourceHint> all;
  {
    MutexLock lock(mutex_);
    openInbox();
    all.reserve(deadlines_.size());
    while (!deadlines_.empty()) all.push_back(remove(*deadlines_.begin()->second));
  }
  return widestOf(std::move(all));
}

std::optional<SteadyTime> Debouncer::nextDeadline() {
  MutexLock lock(mutex_);
  openInbox();
  while (!deadlines_.empty()) {
    const auto [indexed, pending] = *deadlines_.begin();
    const SteadyTime deadline = deadlineOf(*pending);
    if (deadline <= indexed) return indexed;
    reindex(*pending, deadline);
  }
  return std::nullopt;
}

bool Debouncer::covers(size_t source, const std::string& path) {
  MutexLock lock(mutex_);
  openInbox();
  const auto found = sources_.find(source);
  if (found == sources_.end()) return false;
  const auto& paths = found->second.paths;
  if (paths.count(path) > 0) return true;
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    if (paths.count(path.substr(0, slash)) > 0) return true;
  }
  return false;
}

size_t Debouncer::size() {
  MutexLock lock(mutex_);
  openInbox();
  return deadlines_.size();
}

SteadyTime Debouncer::deadlineOf(const Pending& pending) const {
  const milliseconds floor = floorOf(pending.kind);
  return std::min(pending.last + std::max(quiet_, floor),
                  pending.first + std::max(maxWait_, floor));
}

void Debouncer::reindex(Pending& pending, SteadyTime deadline) {
  // A path that is new is not there yet; taking the node out saves an allocation otherwise.
  auto node = deadlines_.extract({pending.indexed, &pending});
  pending.indexed = deadline;
  if (node.empty()) {
    deadlines_.emplace(deadline, &pending);
  } else {
    node.value() = {deadline, &pending};
    deadlines_.insert(std::move(node));
  }
}

void Debouncer::tie(Pending& pending, uint32_t cookie) {
  if (pending.cookie == cookie) return;
  // Only the last cookie of a path can still find its other half: both are sent together.
  const auto previous = cookies_.find(pending.cookie);
  if (previous != cookies_.end() && previous->second == &pending) cookies_.erase(previous);
  pending.cookie = cookie;
  const auto [half, isFirst] = cookies_.try_emplace(cookie, &pending);
  if (isFirst) return;

  // Two paths of one ring must not be joined again: that would cut it. Walking both rings in step
  // costs the length of the shorter one, and a new path's ring is itself.
  Pending& other = *half->second;
  Pending* a = &pending;
  Pending* b = &other;
  do {
    if (a == &other || b == &pending) return;
    a = a->next;
    b = b->next;
  } while (a != &pending && b != &other);
  std::swap(pending.next, other.next);
  pending.next->previous = &pending;
  other.next->previous = &other;
}

void Debouncer::collapse(Source& source, size_t number, SteadyTime now) {
  SteadyTime first = SteadyTime::max();
  for (auto& [path, pending] : source.paths) {
    first = std::min(first, pending.first);
    unlink(pending);
  }
  source.paths.clear();
  source.collapsed = true;
  const auto whole = source.paths.try_emplace("").first;
  Pending& pending = whole->second;
  pending.source = number;
  pending.path = &whole->first;
  pending.scope = HintScope::kSubtree;
  pending.first = first;  // the oldest of them must not wait for longer than maxWait
  pending.last = now;
  reindex(pending, deadlineOf(pending));
}

void Debouncer::unlink(Pending& pending) {
  deadlines_.erase({pending.indexed, &pending});
  const auto half = cookies_.find(pending.cookie);
  if (half != cookies_.end() && half->second == &pending) cookies_.erase(half);
  pending.previous->next = pending.next;
  pending.next->previous = pending.previous;
  pending.previous = pending.next = &pending;
}

SourceHint Debouncer::remove(Pending& pending) {
  unlink(pending);
  Source& source = sources_[pending.source];
  if (pending.path->empty()) source.collapsed = false;
  auto node = source.paths.extract(*pending.path);
  return {pending.source, Hint{std::move(node.key()), pending.scope, pending.kind, pending.cookie}};
}

}  // namespace fsdb
