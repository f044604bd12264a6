internal import Synchronization
internal import TadweenCore

/// Gives events to whoever listens. Costs one read of an atomic number while nobody does.
final class EventHub: Sendable {
  private struct State: Sendable {
    var listeners: [Int: Listener] = [:]
    var next = 0
    var isClosed = false

    var inOrder: [Listener] { listeners.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// What keeps a completion from being told before the ends that brought it about.
  private struct Reports: Sendable {
    /// By run: ends on their way to the broker, or recorded there and not told yet.
    var pending: [RunID: Int] = [:]
    /// Runs whose completion is known, and has to wait for those.
    var complete: [RunID: RunEnd.Outcome] = [:]
  }

  private let count = Atomic<Int>(0)
  private let reports = Locked(Reports())
  private let state = Locked(State())

  var isObserved: Bool { count.load(ordering: .relaxed) > 0 }

  func emit(_ event: () -> WorkflowEvent) {
    guard isObserved else { return }
    let event = event()
    for listener in state.withLock({ $0.inOrder }) { listener.offer(event) }
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

  /// Ends are about to be committed, and will be told. False while nobody listens: then they will not.
  func beginReport(of transitions: [Transition]) -> Bool {
    guard isObserved else { return false }
    reports.withLock { reports in for transition in transitions { reports.pending[transition.run, default: 0] += 1 } }
    return true
  }

  /// They are told, or never will be; so are the completions that waited for nothing else.
  func endReport(of transitions: [Transition]) {
    let complete = reports.withLock { reports in
      transitions.compactMap { transition -> (RunID, RunEnd.Outcome)? in
        let run = transition.run
        guard let pending = reports.pending[run], pending == 1 else {
          reports.pending[run]? -= 1
          return nil
        }
        reports.pending[run] = nil
        return reports.complete.removeValue(forKey: run).map { (run, $0) }
      }
    }
    for (run, outcome) in complete { emit { .completed(run, outcome) } }
  }

  /// Runs are complete. The broker says so when it likes, mostly inside the commit that brought it about: each is told once
  /// the ends that other commits recorded before are told too.
  func complete(_ ends: [RunEnd]) {
    guard isObserved else { return }
    let due = reports.withLock { reports in
      ends.filter { end in
        guard reports.pending[end.run] != nil else { return true }
        reports.complete[end.run] = end.outcome
        return false
      }
    }
    for end in due { emit { .completed(end.run, end.outcome) } }
  }

  func close() {
    let listeners = state.withLock { state in
      state.isClosed = true
      defer { state.listeners = [:] }
      return state.inOrder
    }
    count.store(0, ordering: .relaxed)
    for listener in listeners { listener.end() }
  }
}
