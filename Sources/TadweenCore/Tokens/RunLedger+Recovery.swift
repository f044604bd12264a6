/// What becomes of a run whose process died (rule R11).
extension RunLedger {
  /// How many deaths of its process an activation survives.
  public static var crashesSurvived: Int { 2 }

  /// Has everything that is open delivered anew, for whoever opens the run after its process died.
  ///
  /// What was running counts a crash: after the second it is to run with nothing beside it (``Delivery/runsAlone``), after
  /// the third it ends failed. What was cancelled meanwhile ends cancelled.
  public mutating func recover(
    in graph: WorkflowGraph, ticket: (any RunTicket)? = nil, into directives: inout Directives
  ) {
    guard !open.isEmpty else { return }
    var cascade = Cascade(ticket: ticket)
    let (deliveries, interrupts) = (directives.deliveries.count, directives.interrupts.count)
    let withdrawn = directives.withdrawn.count
    for activation in openActivations {
      // One that failed may have cancelled the next.
      guard let entry = open[activation] else { continue }
      switch entry.stage {
      case .parked: break
      case .ready:
        directives.deliveries.append(
          delivery(entry.key(of: activation), entry.input, entry.crashes, in: graph, ticket: ticket))
      case .running:
        crash(activation, entry, in: graph, &cascade, &directives)
        drain(&cascade, in: graph, &directives)
      }
    }
    // Nobody runs what the dead process ran.
    directives.interrupts.removeSubrange(interrupts...)
    // What failed may have cut what was to be delivered before it.
    let cut = Set(directives.withdrawn[withdrawn...].map(\.key))
    let left = directives.deliveries[deliveries...].filter { !cut.contains($0.key) }
    directives.deliveries.replaceSubrange(deliveries..., with: left)
    completeIfEmpty(&directives)
  }

  private mutating func crash(
    _ activation: Activation, _ entry: OpenSet.Entry, in graph: WorkflowGraph, _ cascade: inout Cascade,
    _ directives: inout Directives
  ) {
    if isCut(activation, in: graph) {
      keep(activation, in: graph)
      close(activation)
      return settle(activation, .cancelled, in: graph, &cascade, &directives)
    }
    guard entry.crashes < Self.crashesSurvived else {
      let history = extras.histories[activation]
      close(activation)
      extras.kept[activation] = RunExtras.Kept(entry, history, crashes: entry.crashes + 1)
      let failure = crashed(activation, entry, in: graph)
      return settle(activation, .failed(failure), in: graph, &cascade, &directives)
    }
    let next = entry.key(of: activation).next(countsAttempt: false)
    open.reopen(next, crashes: entry.crashes + 1)
    directives.deliveries.append(delivery(next, entry.input, entry.crashes + 1, in: graph, ticket: cascade.ticket))
  }

  private func crashed(_ activation: Activation, _ entry: OpenSet.Entry, in graph: WorkflowGraph) -> Failure {
    let key = entry.key(of: activation)
    return Failure(
      kind: .crashed, typeName: "Crash",
      messages: ["its process died \(entry.crashes + 1) times while it ran"], stage: graph[activation.stage].name,
      scope: activation.scope, attempt: Int(entry.standing.attempt),
      message: delivery(key, entry.input, in: graph, ticket: nil).messageID(in: graph))
  }

  /// What is open, once more on its way.
  func delivery(
    _ key: DeliveryKey, _ input: HeldInput, _ crashes: UInt8 = 0, in graph: WorkflowGraph, ticket: (any RunTicket)?
  ) -> Delivery {
    Delivery(
      run: run, key: key, link: graph.onlyLink(into: key.activation.stage), input: input.input, ticket: ticket,
      history: hasExtras ? extras.histories[key.activation] : nil, crashes: crashes)
  }
}
