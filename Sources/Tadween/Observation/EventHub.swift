internal import DequeModule
internal import Synchronization
internal import TadweenCore

/// Gives events to whoever listens. Costs one read of an atomic number while nobody does.
final class EventHub: Sendable {
  private struct State: Sendable {
    var listeners: [(id: Int, listener: Listener)] = []
    var next = 0
    var isClosed = false
  }

  /// What keeps a completion from being told before the ends that brought it about.
  private struct Reports: Sendable {
    var last: UInt64 = 0
    /// Commits on their way to the broker, or recorded there and not told yet; in the order in which they began.
    var underWay: [UInt64] = []
    /// Completions that are known, each with the last commit that had begun by then: one of those may have brought it
    /// about, and has to be told first.
    var held = Deque<(after: UInt64, events: [WorkflowEvent])>()
  }

  private let count = Atomic<Int>(0)
  private let reports = Locked(Reports())
  private let state = Locked(State())

  var isObserved: Bool { count.load(ordering: .relaxed) > 0 }

  func emit(_ event: () -> WorkflowEvent) {
    guard isObserved else { return }
    emit(contentsOf: [event()])
  }

  /// Events that happened together, in their order; cheaper than one by one.
  func emit(contentsOf events: [WorkflowEvent]) {
    guard isObserved, !events.isEmpty else { return }
    for (_, listener) in state.withLock({ $0.listeners }) { listener.offer(events) }
  }

  /// - Parameter first: Asked once the listener hears of everything, so that nothing is missed in between.
  func listen(limit: Int, run: RunID?, first: () -> WorkflowEvent) -> Listener {
    let listener = Listener(limit: limit, run: run)
    let (id, isClosed) = state.withLock { state -> (Int, Bool) in
      state.next += 1
      if !state.isClosed { state.listeners.append((state.next, listener)) }
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
    let forgotten = state.withLock { state -> Listener? in
      guard let place = state.listeners.firstIndex(where: { $0.id == id }) else { return nil }
      return state.listeners.remove(at: place).listener
    }
    if forgotten != nil { count.subtract(1, ordering: .relaxed) }
  }

  func close() {
    let listeners = state.withLock { state in
      state.isClosed = true
      defer { state.listeners = [] }
      return state.listeners
    }
    count.store(0, ordering: .relaxed)
    for (_, listener) in listeners { listener.end() }
  }
}

/// The order of ends and completions.
extension EventHub {
  /// Ends are about to be committed, and will be told. Nil while nobody listens: then they will not.
  func beginReport() -> UInt64? {
    guard isObserved else { return nil }
    return reports.withLock { reports in
      reports.last += 1
      reports.underWay.append(reports.last)
      return reports.last
    }
  }

  /// They are told, or never will be; so are the completions that waited for nothing else.
  func endReport(_ report: UInt64) {
    let due = reports.withLock { reports in
      reports.underWay.removeAll { $0 == report }
      let oldest = reports.underWay.first ?? .max
      var due: [WorkflowEvent] = []
      while let held = reports.held.first, held.after < oldest {
        due += held.events
        reports.held.removeFirst()
      }
      return due
    }
    emit(contentsOf: due)
  }

  /// Runs are complete. The broker says so when it likes, mostly inside the commit that brought it about: each is told once
  /// the ends that were on their way by then are told too.
  func complete(_ ends: [RunEnd]) {
    guard isObserved else { return }
    let events = ends.map { WorkflowEvent.completed($0.run, $0.outcome) }
    let isDue = reports.withLock { reports in
      if reports.underWay.isEmpty { return true }
      reports.held.append((reports.last, events))
      return false
    }
    if isDue { emit(contentsOf: events) }
  }
}
