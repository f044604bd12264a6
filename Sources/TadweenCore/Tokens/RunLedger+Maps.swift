/// Maps open with their source's success and close with their gathers (rule R5).
extension RunLedger {
  /// Opens one activation an item and target. A map without items fires its gathers at once.
  mutating func open(
    _ map: MapID, width: Int, _ success: Success, in scope: ScopePath, of graph: WorkflowGraph,
    _ cascade: inout Cascade, _ directives: inout Directives
  ) {
    extras.widths[RunExtras.MapInstance(map: map, scope: scope)] = width
    if width == 0 {
      for gather in graph[map].gathers { fill(gather, .gathered([]), at: scope, in: graph, &cascade, &directives) }
    }
    for item in 0..<width {
      let inner = scope.item(item)
      for link in graph[map].links {
        fill(link, .succeeded(success.output, input: nil), at: inner, in: graph, &cascade, &directives)
      }
    }
  }

  /// Ends a map that cannot open, as a whole: nothing inside it runs, and each of its gathers and inner sinks gets the
  /// class once.
  mutating func close(
    _ map: MapID, _ death: Death, in scope: ScopePath, of graph: WorkflowGraph, _ cascade: inout Cascade,
    _ directives: inout Directives
  ) {
    for gather in graph[map].gathers { fill(gather, death.token, at: scope, in: graph, &cascade, &directives) }
    for sink in graph[map].sinks {
      let sink = RunExtras.Sink(activation: Activation(stage: sink, scope: scope))
      switch death {
      case .failed(let failure): extras.surfaced[sink] = failure
      case .cancelled: extras.cutSinks.insert(sink)
      case .notTaken: break
      }
    }
  }
}
