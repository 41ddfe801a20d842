#include "sync/sync_report.h"

namespace fsdb {

std::string_view syncReasonName(SyncReason reason) {
  switch (reason) {
    case SyncReason::kStart:
      return "start";
    case SyncReason::kWatch:
      return "watch";
    case SyncReason::kRescan:
      return "rescan";
    case SyncReason::kCall:
      return "call";
    case SyncReason::kSave:
      return "save";
  }
  return "call";
}

std::string_view syncStateName(SyncState state) {
  switch (state) {
    case SyncState::kStarting:
      return "starting";
    case SyncState::kSyncing:
      return "syncing";
    case SyncState::kWatching:
      return "watching";
    case SyncState::kFollowing:
      return "following";
    case SyncState::kIdle:
      return "idle";
    case SyncState::kDegraded:
      return "degraded";
    case SyncState::kClosed:
      return "closed";
  }
  return "closed";
}

}  // namespace fsdb
