internal import HeapModule

/// Why a message waits at its stage (rule R18).
public enum QueuedWait: Hashable, Sendable {
  /// Nobody takes anything, for the stage is paused.
  case paused
  /// Every worker has something to do.
  case worker
  /// Others of its key are under way, or came before it.
  case key(String)
  /// The stage's next start is allowed at that moment.
  case rate(until: Duration)
  /// The stage's predicate has held since that moment.
  case predicate(since: Duration)
  /// Units of an attempt, or its turn to get them.
  case units
  /// Units of its run.
  case runUnits
  /// Others for its batch, at the latest until that moment.
  case batch(gathered: Int, size: Int, until: Duration)
  /// The time of its next attempt.
  case retry(at: Duration)
  /// Room in the queue, as an item of a map.
  case roomToOpen
}

extension StageQueue {
  /// Every message that waits, and why.
  public func forEachWait(at now: Duration, _ body: (Delivery, QueuedWait) -> Void) {
    ready.forEach { body($0, isPaused ? .paused : .worker) }
    gates?.forEachWait(at: now) { delivery, wait in body(delivery, isPaused ? .paused : wait) }
    for retry in delayed.unordered { body(retry.delivery, .retry(at: retry.due)) }
    unopened.forEach { body($0, .roomToOpen) }
  }
}

extension StageGates {
  fileprivate func forEachWait(at now: Duration, _ body: (Delivery, QueuedWait) -> Void) {
    for entry in entries.values where !isLookedAt(entry) { body(entry.delivery, wait(of: entry, at: now)) }
  }

  private func wait(of entry: Entry, at now: Duration) -> QueuedWait {
    guard entry.isWaiting else { return .worker }
    if let key = entry.key, !holdsKey(entry.delivery.work), !isFree(key, for: entry.delivery.id) { return .key(key) }
    if let token = nextToken, token > now { return .rate(until: token) }
    if deferral == .held { return .predicate(since: deferredSince) }
    switch refusal {
    case .runUnits: return .runUnits
    case .units: return .units
    case nil: break
    }
    if let batch = options.batch, waitingEntries < batch.size, entry.since + batch.window > now {
      return .batch(gathered: waitingEntries, size: batch.size, until: entry.since + batch.window)
    }
    return .worker
  }
}
