/// Cancellation of a run, and of an eager join's losers (rules R4, R12).
extension RunLedger {
  /// Ends whatever is ready and interrupts whatever runs, unless its stage runs when cancelled.
  mutating func cancelOpen(in graph: WorkflowGraph, _ cascade: inout Cascade, _ directives: inout Directives) {
    for (activation, entry) in open.sorted where !graph[activation.stage].runsWhenCancelled {
      cut(activation, entry, in: graph, &cascade, &directives)
    }
  }

  /// An eager join has fired: what leads only to it is no longer wanted. The run does not count as cancelled.
  ///
  /// Each loser is looked up by its name. A look through all that is open would be one at every item of a map, for each
  /// item that has such a join.
  mutating func cancelLosers(
    of join: Activation, in graph: WorkflowGraph, _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    extras.settledJoins.insert(join)
    for stage in graph[join.stage].losers {
      for scope in openedScopes(of: graph[stage].scope.dropFirst(join.scope.indices.count), within: join.scope) {
        let loser = Activation(stage: stage, scope: scope)
        if let entry = open[loser] { cut(loser, entry, in: graph, &cascade, &directives) }
      }
    }
  }

  /// The scopes of a stage that lies in these maps, outermost first, below a scope: none where a map has not opened.
  private func openedScopes(of maps: ArraySlice<MapID>, within scope: ScopePath) -> [ScopePath] {
    maps.reduce([scope]) { scopes, map in
      scopes.flatMap { scope in
        (0..<(extras.widths[RunExtras.MapInstance(map: map, scope: scope)] ?? 0)).map { scope.item($0) }
      }
    }
  }

  private mutating func cut(
    _ activation: Activation, _ entry: OpenSet.Entry, in graph: WorkflowGraph, _ cascade: inout Cascade,
    _ directives: inout Directives
  ) {
    if entry.stage == .running {
      directives.interrupts.append(DeliveryID(run: run, key: entry.key(of: activation)))
    } else {
      directives.withdrawn.append(DeliveryID(run: run, key: entry.key(of: activation)))
      // Nobody else holds what a parked one ran on, and nobody may ask for what a loser ran on.
      if entry.stage == .parked, !isCutByFlag(activation, in: graph) { directives.released += entry.input.tokens }
      keep(activation, in: graph)
      close(activation)
      if entry.stage == .parked { extras.parked[activation] = nil }
      cascade.pending.append((activation, .cancelled))
    }
  }
}
