import Tadween

/// A run's handle, for the deliveries that engines know.
final class SimulatedTicket: RunTicket {
  let base: any RunTicket
  private let store: SimulatedStore

  init(_ base: any RunTicket, store: SimulatedStore) { (self.base, self.store) = (base, store) }

  var run: RunID { base.run }
  var metadata: Metadata { base.metadata }
  var priority: Int { base.priority }
  func awaited(in graph: WorkflowGraph) -> [AwaitedToken] { base.awaited(in: graph) }
  func hasEnded(_ stage: StageID) -> Bool { base.hasEnded(stage) }
  var round: Int { base.round }
  func end(of round: Int) -> RunEnd? { base.end(of: round) }
  var end: RunEnd? { base.end }
  func begin(_ key: DeliveryKey) -> Bool { store.begin(SimulatedStore.Name(run, key)) }
}
