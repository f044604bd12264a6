internal import TadweenCore

/// One run in memory: its ledger. It is the ticket that travels with the run's deliveries, so nothing is ever looked up,
/// and a run is let go with its last delivery and its last handle.
final class MemoryRun: RunTicket, @unchecked Sendable {  // what changes is only touched under its lock
  // Alone behind the lock, which the compiler cannot see: its own check would cost as much as the lock.
  @exclusivity(unchecked) private var ledger: RunLedger
  private let origin: RunOrigin?

  /// Runs come by the million and are touched for moments, so they share some locks.
  private static let locks = LockStripes()

  init(_ new: NewRun) {
    unsafe ledger = RunLedger(run: new.id)
    origin = RunOrigin.of(new)
  }

  private func withLedger<Result>(_ body: (inout RunLedger) -> Result) -> Result {
    Self.locks.withLock(of: self) { unsafe body(&ledger) }
  }

  var run: RunID { withLedger { $0.run } }
  var metadata: Metadata { origin?.metadata ?? [:] }
  var priority: Int { origin?.priority ?? 0 }
  var callerID: String? { origin?.callerID }
  var end: RunEnd? { withLedger { $0.end } }
  var round: Int { withLedger { $0.round } }
  func end(of round: Int) -> RunEnd? { withLedger { $0.end(of: round) } }

  func awaited(in graph: WorkflowGraph) -> [AwaitedToken] { withLedger { $0.awaited(in: graph) } }

  func begin(_ key: DeliveryKey) -> Bool { withLedger { $0.begin(key) } }

  func hasEnded(_ stage: StageID) -> Bool { withLedger { $0.hasEnded(stage) } }

  func start(with new: NewRun, in graph: WorkflowGraph, into directives: inout Directives) {
    withLedger { $0.start(at: new.entry, with: new.payload, in: graph, ticket: self, into: &directives) }
  }

  /// - Returns: What it did, and whether a failure counts as cancelled.
  func apply(
    _ transition: Transition, in graph: WorkflowGraph, into directives: inout Directives
  ) -> (disposition: CommitDisposition, isCut: Bool) {
    withLedger { ledger in
      // Asked before: a failure may be what cancels the run, and is no victim of it.
      let isCut = transition.ending.hasFailed && ledger.isCut(transition.key.activation, in: graph)
      return (ledger.apply(transition, in: graph, into: &directives), isCut)
    }
  }

  func cancel(because cause: Failure?, in graph: WorkflowGraph, into directives: inout Directives) {
    withLedger { $0.cancel(because: cause, in: graph, ticket: self, into: &directives) }
  }

  func redrive(_ letters: [DeadLetter.ID]?, in graph: WorkflowGraph, into directives: inout Directives) -> Redrive {
    withLedger { $0.redrive(letters, in: graph, ticket: self, into: &directives) }
  }

  func unpark(
    _ key: DeliveryKey, _ decision: ParkDecision, in graph: WorkflowGraph, into directives: inout Directives
  ) -> Bool {
    withLedger { $0.unpark(key, decision, in: graph, ticket: self, into: &directives) }
  }

  /// What the ledger is at this moment; for whoever looks, which takes longer than a lock may be held.
  var copy: RunLedger { withLedger { $0 } }
}
