/// What succeeded in a run and was not taken back: what a fork of it has no need to do again.
public struct RunSuccesses: Sendable {
  private var ledger: RunLedger
  private var successes: [Activation: Success] = [:]

  /// Those of a run that has been submitted with this payload, and to which nothing has happened.
  public init(of run: RunID, at entry: StageID, with payload: Payload, in graph: WorkflowGraph) {
    ledger = RunLedger(run: run)
    var directives = Directives()
    ledger.start(at: entry, with: payload, in: graph, into: &directives)
  }

  /// Has an event that happened to the run happen again.
  ///
  /// - Returns: False where it cannot have happened in this graph. What there is then means nothing.
  public mutating func replay(_ event: RunEvent, in graph: WorkflowGraph) -> Bool {
    var directives = Directives()
    if case .redriven(let letters) = event.kind {
      var copy = ledger
      let redrive = copy.redrive(letters, in: graph, into: &directives)
      for activation in redrive.reopened + redrive.takenBack { successes[activation] = nil }
    }
    guard ledger.replay(event, in: graph, into: &directives) else { return false }
    switch event.kind {
    case .ended(let key, .succeeded(let success)), .decided(let key, .substitute(let success)):
      successes[key.activation] = success
    default: break
    }
    return true
  }

  /// Those that are left where these stages, and all that lies below them, are done again.
  public func redoing(_ stages: Set<StageID>, in graph: WorkflowGraph) -> [Activation: Success] {
    let redone = graph.stagesAtOrBelow(stages)
    return successes.filter { !redone.contains($0.key.stage) }
  }
}

extension RunLedger {
  /// Has whatever is ready and succeeded in another run succeed here too, and what that makes ready.
  ///
  /// - Parameter directives: What the start of this run directs; then what is left to do.
  /// - Returns: What so happened, in its order.
  public mutating func reuse(
    _ successes: [Activation: Success], in graph: WorkflowGraph, into directives: inout Directives
  ) -> [RunEvent] {
    var events: [RunEvent] = []
    var ready: [Delivery] = []
    var next = 0
    while next < directives.deliveries.count {
      let delivery = directives.deliveries[next]
      next += 1
      let interrupts = directives.interrupts.count
      guard let success = successes[delivery.key.activation],
        apply(Transition(of: delivery, .succeeded(success)), in: graph, into: &directives) == .applied
      else {
        ready.append(delivery)
        continue
      }
      events.append(
        RunEvent(
          .ended(delivery.key, .succeeded(success)), interrupts: directives.interrupts[interrupts...].map(\.key)))
    }
    // An eager join may have fired without them.
    let withdrawn = Set(directives.withdrawn.map(\.key))
    directives.deliveries = ready.filter { !withdrawn.contains($0.key) }
    return events
  }
}
