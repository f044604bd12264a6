import TadweenCore

/// Redrives and crashes: moves that take back.
extension Step {
  /// Redrives, and has the history be what it was before the roots were delivered again.
  mutating func redrive(
    _ chosen: Explorer.Chosen, _ directives: inout Directives, in layout: Layout
  ) throws(Violation) {
    var rule = RedriveRule(layout, history)
    let (roots, taken) = rule.apply(chosen)
    let wanted = chosen.number.map {
      [DeadLetter.ID(layout.activations[$0], generation: history.generation(of: $0))]
    }
    let (wasComplete, round) = (ledger.isComplete, ledger.round)
    let redrive = ledger.redrive(wanted, in: layout.graph, into: &directives)
    guard redrive.reopened == roots.map({ layout.activations[$0] }).sorted(),
      redrive.takenBack == taken.subtracting(roots).map({ layout.activations[$0] }).sorted()
    else {
      throw Violation(
        .redriven,
        "reopened \(redrive.reopened) and took back \(redrive.takenBack); not \(roots.map { layout.activations[$0] }) "
          + "and \(taken.map { layout.activations[$0] })")
    }
    guard redrive.reopensRun == wasComplete, redrive.round == round + (wasComplete ? 1 : 0) else {
      throw Violation(.completedOnce, "the redrive is told as of round \(redrive.round)")
    }
    let running = taken.filter { if case .running = history[$0] { true } else { false } }
    let stopped = directives.interrupts.filter { running.contains(layout.number(of: $0.key.activation)) }
    guard stopped.count == running.count else {
      throw Violation(.redriven, "what runs and was taken back was not told to stop")
    }
    directives.interrupts.removeAll { running.contains(layout.number(of: $0.key.activation)) }
    history.redrives += 1
    (history.isCancelled, history.hasFatal, history.hasTimedOut) = (false, false, false)
    for number in taken { history.takeBack(number) }
    let lost = roots.filter { root in
      layout.losesTo[root].contains { history.hasStarted($0) || roots.contains($0) }
    }
    for root in lost { history[root] = .cut }
  }

  /// The process dies, and the run is recovered.
  mutating func crash(_ directives: inout Directives, in layout: Layout) throws(Violation) {
    let before = history
    ledger.recover(in: layout.graph, into: &directives)
    history.deaths += 1
    guard directives.interrupts.isEmpty else { throw Violation(.crashed, "what a dead process ran was interrupted") }
    // In the order of the graph, for one that fails may cancel the next.
    for number in layout.activations.indices {
      guard case .running(let again) = before[number] else { continue }
      let lost = layout.losesTo[number].contains { history.hasStarted($0) }
      if lost || history.isFlagged && !layout.isSpared[number] {
        history[number] = .cut
      } else if history.crashes(of: number) == 2 {
        noteEnd(of: number, layout.crashedKind(of: number), in: layout)
      } else {
        history.crash(number)
        history[number] = .ready(again: again)
      }
    }
    try checkDeliveredAnew(&directives, since: before, in: layout)
  }

  /// Whatever is still open is delivered once more, with the input that it had. What it was before that is ready.
  private mutating func checkDeliveredAnew(
    _ directives: inout Directives, since before: History, in layout: Layout
  ) throws(Violation) {
    var expectation = Expectation(layout, history)
    var found: Set<Int> = []
    for delivery in directives.deliveries {
      let number = layout.number(of: delivery.key.activation)
      guard before.isOpen(number) else { continue }
      guard found.insert(number).inserted, delivery.key == layout.delivery(number, history).key,
        Int(delivery.crashes) == history.crashes(of: number), delivery.runsAlone == (delivery.crashes >= 2)
      else { throw Violation(.crashed, "\(delivery.key) was delivered after a crash") }
      try check(delivery, &expectation)
    }
    directives.deliveries.removeAll { found.contains(layout.number(of: $0.key.activation)) }
    for activation in ledger.openActivations {
      let number = layout.number(of: activation)
      if before.isOpen(number), !found.contains(number) {
        throw Violation(.crashed, "\(activation) was forgotten in a crash")
      }
    }
  }
}
