internal import Synchronization
internal import TadweenCore

/// Gives events to whoever listens. Costs one read of an atomic number while nobody does.
final class EventHub: Sendable {
  private struct State: Sendable {
    var listeners: [Int: Listener] = [:]
    var next = 0
    var isClosed = false
  }

  private let count = Atomic<Int>(0)
  /// Runs whose completion is known and not told yet, and how many.
  private let held = Locked<[RunID: RunEnd.Outcome]>([:])
  private let heldCount = Atomic<Int>(0)
  private let state = Locked(State())

  var isObserved: Bool { count.load(ordering: .relaxed) > 0 }

  func emit(_ event: () -> WorkflowEvent) {
    guard isObserved else { return }
    let event = event()
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.offer(event) }
  }

  /// - Parameter first: Asked once the listener hears of everything, so that nothing is missed in between.
  func listen(limit: Int, run: RunID?, first: () -> WorkflowEvent) -> Listener {
    let listener = Listener(limit: limit, run: run)
    let (id, isClosed) = state.withLock { state -> (Int, Bool) in
      state.next += 1
      if !state.isClosed { state.listeners[state.next] = listener }
      return (state.next, state.isClosed)
    }
    if isClosed {
      listener.end()
    } else {
      count.add(1, ordering: .relaxed)
      listener.onEnd { [weak self] in self?.forget(id) }
    }
    listener.begin(with: first())
    return listener
  }

  private func forget(_ id: Int) {
    let wasKnown = state.withLock { $0.listeners.removeValue(forKey: id) != nil }
    if wasKnown { count.subtract(1, ordering: .relaxed) }
  }

  /// The broker announces a completion inside the commit that brought it about; it is told once the ends in that commit
  /// are.
  func hold(completionOf run: RunID, _ outcome: RunEnd.Outcome) {
    guard isObserved else { return }
    held.withLock { $0[run] = outcome }
    heldCount.add(1, ordering: .relaxed)
  }

  /// The ends of this run that came with its completion are told; now the completion is.
  func release(completionOf run: RunID) {
    guard heldCount.load(ordering: .relaxed) > 0, let outcome = held.withLock({ $0.removeValue(forKey: run) }) else {
      return
    }
    heldCount.subtract(1, ordering: .relaxed)
    emit { .completed(run, outcome) }
  }

  func close() {
    let listeners = state.withLock { state in
      state.isClosed = true
      defer { state.listeners = [:] }
      return state.listeners
    }
    count.store(0, ordering: .relaxed)
    for listener in listeners.values { listener.end() }
  }
}
