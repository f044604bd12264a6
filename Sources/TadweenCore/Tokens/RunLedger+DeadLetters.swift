/// What failed and can be redriven, and what is parked: views of what the ledger keeps (rule R10).
extension RunLedger {
  /// The activations that ended failed, in the order of the graph.
  public var deadLetters: [DeadLetter] {
    guard hasExtras else { return [] }
    return extras.failures.keys.sorted().compactMap(deadLetter)
  }

  /// The activation's dead letter; nil where it has not failed.
  public func deadLetter(_ activation: Activation) -> DeadLetter? {
    guard hasExtras, let failure = extras.failures[activation], let kept = extras.kept[activation] else { return nil }
    return DeadLetter(
      run: run, id: DeadLetter.ID(activation, generation: generation(of: activation)), failure: failure,
      earlier: kept.history?.failures ?? [], attempts: Int(kept.attempt), crashes: Int(kept.crashes),
      input: kept.input.input)
  }

  /// Whether anything failed.
  public var hasDeadLetters: Bool { hasExtras && !extras.failures.isEmpty }

  /// What waits for a decision, in the order of the graph.
  public var parked: [ParkedActivation] {
    guard hasExtras, !extras.parked.isEmpty else { return [] }
    return open.sorted.compactMap { activation, entry in
      guard entry.stage == .parked, let failure = extras.parked[activation] else { return nil }
      return ParkedActivation(
        run: run, key: entry.key(of: activation), failure: failure,
        earlier: extras.histories[activation]?.failures ?? [], input: entry.input.input)
    }
  }

  /// 0; a redriven activation, and all that is taken back with it, gets the next.
  func generation(of activation: Activation) -> UInt32 {
    hasExtras ? extras.generations[activation] ?? 0 : 0
  }

  /// Whether it was the flag of rule R12 that cut the activation, so that a redrive takes that back. A loser of an eager
  /// join is not wanted all the same.
  func isCutByFlag(_ activation: Activation, in graph: WorkflowGraph) -> Bool {
    isCancelled && !graph[activation.stage].runsWhenCancelled && !hasLost(activation, in: graph)
  }
}
