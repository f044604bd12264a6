import TadweenCore

/// What must hold in every state, whatever led there.
struct StateChecks {
  private let layout: Layout
  private let step: Step

  init(_ layout: Layout, _ step: Step) {
    self.layout = layout
    self.step = step
  }

  func check(against bytes: [UInt8]) throws(Violation) {
    try checkOpenSet()
    try checkDuplicates(bytes)
  }

  private func checkOpenSet() throws(Violation) {
    let open = layout.activations.indices.filter { step.history.isOpen($0) }
    guard step.ledger.openActivations == open.map({ layout.activations[$0] }).sorted(),
      step.ledger.openCount == open.count, step.ledger.isComplete == open.isEmpty
    else { throw Violation(.openSet, "the open set is not what was delivered and has not ended") }
    if open.isEmpty, !step.ledger.halfFilledJoins.isEmpty {
      throw Violation(.openSet, "the run is complete while \(step.ledger.halfFilledJoins) still wait")
    }
  }

  private func first(_ number: Int) -> Delivery {
    layout.delivery(number, step.history.generation(of: number), again: false, crashes: 0)
  }

  /// Each message once more: a repeat says so, anything else is stale, and not a byte changes.
  ///
  /// Each is delivered in turn to the same ledger. As none may change it, this covers any number of duplicates in any
  /// order.
  private func checkDuplicates(_ bytes: [UInt8]) throws(Violation) {
    var ledger = step.ledger
    var directives = Directives()
    func expect(_ disposition: CommitDisposition, _ transition: Transition) throws(Violation) {
      let found = ledger.apply(transition, in: layout.graph, into: &directives)
      guard found == disposition else {
        throw Violation(.duplicates, "\(transition.key.activation): \(found) and not \(disposition)")
      }
    }
    for number in layout.activations.indices {
      let failed = Ending.failed(layout.failures[number])
      switch step.history[number] {
      case .ended(let kind, _, _, let again):
        let delivery = layout.delivery(
          number, step.history.generation(of: number), again: again, crashes: step.history.crashes(of: number))
        // One that crashed too often was ended by no commit.
        let isKnown = kind != layout.crashedKind(of: number)
        try expect(isKnown ? .repeated : .stale, Transition(of: delivery, layout.ending(kind, of: number)))
        try expect(isKnown ? .repeated : .stale, Transition(of: delivery, failed))
        if again { try expect(.stale, Transition(of: first(number), failed)) }
        if ledger.begin(delivery.key) { throw Violation(.duplicates, "something old was begun") }
      case .cut, .unstarted:
        try expect(.stale, Transition(of: layout.deliveries[number], failed))
        try expect(.stale, Transition(of: layout.retries[number], failed))
      case .ready where step.history.crashes(of: number) > 0, .running where step.history.crashes(of: number) > 0:
        try expect(.stale, Transition(of: first(number), failed))
        try expect(.stale, Transition(of: layout.falseDeliveries[number], failed))
      case .ready where step.history.generation(of: number) > 0, .running where step.history.generation(of: number) > 0:
        break
      case .ready(again: true), .running(again: true):
        try expect(.repeated, Transition(of: layout.deliveries[number], layout.retry(of: number)))
        try expect(.repeated, Transition(of: layout.deliveries[number], failed))
        try expect(.stale, Transition(of: layout.falseDeliveries[number], failed))
      case .ready(again: false), .running(again: false):
        try expect(.stale, Transition(of: layout.falseDeliveries[number], failed))
        try expect(.stale, Transition(of: layout.retries[number], failed))
        continue
      }
      for generation in 0..<step.history.generation(of: number) {
        for again in [false, true] {
          let old = layout.delivery(number, generation, again: again, crashes: 0)
          try expect(.stale, Transition(of: old, failed))
          if ledger.begin(old.key) { throw Violation(.duplicates, "what was taken back was begun") }
        }
      }
      if step.history.generation(of: number) == 0, step.history.crashes(of: number) > 0 { continue }
      if step.history.generation(of: number) == 0, ledger.begin(layout.deliveries[number].key) {
        throw Violation(.duplicates, "something old was begun")
      }
    }
    let whole = layout.activations.indices.flatMap { number -> [DeadLetter.ID] in
      let (activation, generation) = (layout.activations[number], step.history.generation(of: number))
      // What failed in an earlier generation was redriven; what has not failed now has no letter of this one.
      let now = ledger.deadLetter(activation) == nil ? [DeadLetter.ID(activation, generation: generation)] : []
      return now + (0..<generation).map { DeadLetter.ID(activation, generation: $0) }
    }
    guard ledger.redrive(whole, in: layout.graph, into: &directives).isEmpty else {
      throw Violation(.redriven, "what has not failed was redriven")
    }
    if step.history.isFlagged || step.end != nil {
      ledger.cancel(in: layout.graph, into: &directives)
      ledger.cancel(because: Layout.cause, in: layout.graph, into: &directives)
    }
    guard directives.deliveries.isEmpty, directives.interrupts.isEmpty, directives.completions.isEmpty else {
      throw Violation(.duplicates, "a duplicate led to something")
    }
    var after: [UInt8] = []
    after.reserveCapacity(bytes.count)
    ledger.encodeState(into: &after)
    if after != bytes { throw Violation(.duplicates, "a duplicate changed the state") }
  }
}
