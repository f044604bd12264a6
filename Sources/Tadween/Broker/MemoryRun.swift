internal import TadweenCore

/// One run in memory: its ledger behind its lock. It is the ticket that travels with the run's deliveries, so nothing
/// is ever looked up, and a run is let go with its last delivery.
final class MemoryRun: RunTicket {
  struct State: Sendable {
    var ledger: RunLedger
    let callerID: String?
    let observer: (any RunObserver)?
    let metadata: Metadata
  }

  /// A run that is complete, and who is to be told.
  struct Announcement {
    let end: RunEnd
    let callerID: String?
    let observer: (any RunObserver)?
  }

  let state: Locked<State>

  init(_ new: NewRun) {
    state = Locked(
      State(ledger: RunLedger(run: new.id), callerID: new.callerID, observer: new.observer, metadata: new.metadata))
  }

  func begin(_ key: DeliveryKey) -> Bool { state.withLock { $0.ledger.begin(key) } }

  var metadata: Metadata { state.withLock { $0.metadata } }

  var observer: (any RunObserver)? { state.withLock { $0.observer } }

  func apply(
    _ transition: Transition, in graph: WorkflowGraph, into directives: inout Directives,
    _ announcements: inout [Announcement]
  ) -> CommitDisposition {
    state.withLock { state in
      let disposition = state.ledger.apply(transition, in: graph, into: &directives)
      state.announce(&directives, &announcements)
      return disposition
    }
  }

  /// Whether this failure counts as cancelled.
  func cuts(_ transition: Transition, in graph: WorkflowGraph) -> Bool {
    guard case .failed = transition.ending else { return false }
    return state.withLock { $0.ledger.isCut(transition.key.activation, in: graph) }
  }

  func cancel(
    in graph: WorkflowGraph, into directives: inout Directives, _ announcements: inout [Announcement]
  ) {
    state.withLock { state in
      state.ledger.cancel(in: graph, ticket: self, into: &directives)
      state.announce(&directives, &announcements)
    }
  }
}

extension MemoryRun.State {
  fileprivate func announce(_ directives: inout Directives, _ announcements: inout [MemoryRun.Announcement]) {
    guard let end = directives.completions.popLast() else { return }
    announcements.append(.init(end: end, callerID: callerID, observer: observer))
  }
}
