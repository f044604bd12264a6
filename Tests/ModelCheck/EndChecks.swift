import TadweenCore

/// What must hold when a run is complete: every activation ended, once, as the rules say, and so did the run.
struct EndChecks {
  private let layout: Layout
  private let step: Step
  private let end: RunEnd
  private var expectation: Expectation

  init(_ layout: Layout, _ step: Step, _ end: RunEnd) {
    self.layout = layout
    self.step = step
    self.end = end
    expectation = Expectation(layout, step.history)
  }

  mutating func check() throws(Violation) {
    var failures = FailurePaths(expectation, named: named)
    try failures.check()
    try checkActivations()
    try checkOutcome()
    try checkLists()
  }

  /// The failures in the run's outcome, by the activations that failed.
  private var named: [Int] {
    guard case .failed(let failures) = end.outcome else { return [] }
    return failures.compactMap { layout.number(of: $0) }
  }

  private mutating func checkActivations() throws(Violation) {
    for (number, activation) in layout.activations.enumerated() {
      switch expectation.end(of: number) {
      case nil: throw Violation(.openSet, "the run is complete, and \(activation) has not ended")
      case .overdue: throw Violation(.endsAsRuled, "the run is complete, and \(activation) never started")
      case .absent:
        if step.history.hasStarted(number) { throw Violation(.endsAsRuled, "\(activation) started in no map") }
        // A map that ended as a whole: nothing inside it was touched.
        if step.ledger.tokenCount(at: activation) ?? 0 > 0 {
          throw Violation(.exactTokens, "\(activation) has tokens, in a map that never opened")
        }
      case .succeeded, .failed, .dead, .notTaken, .cancelled:
        let parents = layout.graph[activation.stage].incoming.count
        if parents > 1, step.ledger.tokenCount(at: activation) != parents {
          throw Violation(.exactTokens, "\(activation) had not all its \(parents) tokens")
        }
      }
    }
  }

  /// Rule R9.
  private mutating func checkOutcome() throws(Violation) {
    let causes = surfacing()
    let own = layout.activations.indices.filter { expectation.end(of: $0) == .failed }
    let hasCuts = layout.activations.indices.contains { expectation.end(of: $0) == .cancelled }
    switch end.outcome {
    case .failed(var failures):
      let named = named
      let timedOut = step.history.hasTimedOut
      if timedOut, failures.removeFirst() != Layout.cause {
        throw Violation(.endsAsRuled, "the run's time was over, and its first failure is another")
      }
      guard named.count == failures.count, Set(named).count == named.count else {
        throw Violation(.endsAsRuled, "the outcome names an unknown failure, or one of them twice")
      }
      // Of several failures after the flag, which was the first is not in the history: any may be.
      let fatal = layout.graph.cancelsRunOnFailure ? own : []
      let isFatal = fatal.contains { cause in named == [cause] + causes.filter { $0 != cause } }
      guard isFatal || fatal.isEmpty && (timedOut || !causes.isEmpty) && named == causes else {
        throw Violation(.endsAsRuled, "the run failed of \(named), and \(causes) reached a sink")
      }
    case .cancelled where step.history.hasTimedOut, .succeeded where step.history.hasTimedOut:
      throw Violation(.endsAsRuled, "the run's time was over, and it ended \(end.outcome)")
    case .cancelled:
      guard causes.isEmpty, fatalIsAbsent(own), step.history.isFlagged && hasCuts || cutSink() != nil else {
        throw Violation(.endsAsRuled, "the run was cancelled; \(causes) reached a sink")
      }
    case .succeeded:
      guard causes.isEmpty, fatalIsAbsent(own) else {
        throw Violation(.endsAsRuled, "the run succeeded; \(causes) reached a sink")
      }
      if let number = certainlyCut() {
        throw Violation(.endsAsRuled, "the run succeeded, and the flag cut \(layout.activations[number])")
      }
      if let sink = cutSink() { throw Violation(.endsAsRuled, "the run succeeded, and \(sink) was cancelled") }
    }
  }

  /// A sink that was cancelled, or that lies in a map which never opened because of that.
  private mutating func cutSink() -> Activation? {
    for (number, activation) in layout.activations.enumerated() where expectation.end(of: number) == .cancelled {
      let stage = layout.graph[activation.stage]
      if stage.isSink { return activation }
      if let inner = sinks(inside: stage.maps, activation.scope, cause: number).first { return inner.sink }
    }
    return nil
  }

  private func fatalIsAbsent(_ own: [Int]) -> Bool { !layout.graph.cancelsRunOnFailure || own.isEmpty }

  /// What the flag cut and nothing else can have cut.
  ///
  /// An activation that has also lost to an eager join may have been cut by either, and only the order, which a history
  /// does not hold, could tell; so nothing is asked of it.
  private mutating func certainlyCut() -> Int? {
    guard step.history.isFlagged else { return nil }
    for number in layout.activations.indices where expectation.end(of: number) == .cancelled {
      if expectation.hasLost(number) { continue }
      // It ended before the flag was set.
      if case .ended(layout.cutKind(of: number), flagged: false, _, _) = step.history[number] { continue }
      // One that never started may merely pass on the class from above.
      if step.history.hasStarted(number) || !expectation.marks(into: number).contains(.cancelled) { return number }
    }
    return nil
  }

  /// The failures that reached a sink, in the order of the graph, each once.
  private mutating func surfacing() -> [Int] {
    var found: [(sink: Activation, cause: Int)] = []
    for (number, activation) in layout.activations.enumerated() {
      let stage = layout.graph[activation.stage]
      switch expectation.end(of: number) {
      case .failed:
        if stage.isSink && !stage.hasFailureLink { found.append((activation, number)) }
        found += sinks(inside: stage.maps, activation.scope, cause: number)
      case .dead(let cause):
        if stage.isSink { found.append((activation, cause)) }
        found += sinks(inside: stage.maps, activation.scope, cause: cause)
      case .succeeded, .notTaken, .cancelled, .absent, .overdue, nil: continue
      }
    }
    return found.sorted { $0.sink < $1.sink }.map(\.cause).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// A map that never opened: each sink inside it gets the class once.
  private func sinks(inside maps: [MapID], _ scope: ScopePath, cause: Int) -> [(sink: Activation, cause: Int)] {
    maps.flatMap { layout.graph[$0].sinks }.map { (Activation(stage: $0, scope: scope), cause) }
  }

  private mutating func checkLists() throws(Violation) {
    let named = named
    let absorbed = layout.activations.indices.filter { expectation.end(of: $0) == .failed && !named.contains($0) }
    let byPlace = absorbed.sorted { layout.activations[$0] < layout.activations[$1] }
    guard end.absorbed.map({ layout.number(of: $0) }) == byPlace else {
      throw Violation(.endsAsRuled, "absorbed are \(end.absorbed), not \(byPlace.map { layout.activations[$0] })")
    }
    var kept: [Activation] = []
    for (number, activation) in layout.activations.enumerated() where layout.stage(of: number).isSink {
      if case .succeeded = expectation.end(of: number) { kept.append(activation) }
    }
    guard end.outputs.map(\.activation) == kept.sorted() else {
      throw Violation(.endsAsRuled, "the outputs of \(end.outputs.map(\.activation)) were kept, not of \(kept)")
    }
  }
}
