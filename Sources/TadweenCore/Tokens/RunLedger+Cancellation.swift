/// Cancellation of a run, and of an eager join's losers (rules R4, R12).
extension RunLedger {
  /// Ends whatever is ready and interrupts whatever runs, unless its stage runs when cancelled.
  mutating func cancelOpen(in graph: WorkflowGraph, _ cascade: inout Cascade, _ directives: inout Directives) {
    cut(in: &cascade, &directives) { !graph[$0.stage].runsWhenCancelled }
  }

  /// An eager join has fired: what leads only to it is no longer wanted. The run does not count as cancelled.
  mutating func cancelLosers(
    of join: Activation, in graph: WorkflowGraph, _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    extras.settledJoins.append(join)
    let losers = graph[join.stage].losers
    cut(in: &cascade, &directives) { losers.contains($0.stage) && $0.scope.lies(in: join.scope) }
  }

  private mutating func cut(
    in cascade: inout Cascade, _ directives: inout Directives, where isMeant: (Activation) -> Bool
  ) {
    for (activation, entry) in open.sorted where isMeant(activation) {
      if entry.isRunning {
        let key = DeliveryKey(
          activation: activation, generation: entry.generation, attempt: entry.attempt, number: entry.number)
        directives.interrupts.append(.init(run: run, key: key))
      } else {
        open.close(activation)
        cascade.pending.append((activation, .cancelled))
      }
    }
  }
}
