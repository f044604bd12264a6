import TadweenCore

/// One move of one case: the ledger and the history after it, and the checks that need both sides of the move.
struct Step {
  var ledger: RunLedger
  var history = History()
  /// What became of the run, where this move completed it.
  private(set) var end: RunEnd?

  static func start(_ layout: Layout) throws(Violation) -> Step {
    var step = Step(ledger: RunLedger(run: layout.run))
    var directives = Directives()
    step.ledger.start(at: layout.model.entry, with: layout.model.payload, in: layout.graph, into: &directives)
    try step.note(directives, before: History(), in: layout)
    return step
  }

  private init(ledger: RunLedger) { self.ledger = ledger }

  func taking(_ move: Explorer.Move, in layout: Layout) throws(Violation) -> Step {
    var next = self
    var directives = Directives()
    switch move {
    case .begin(let number):
      guard next.ledger.begin(layout.delivery(number, next.history).key) else {
        throw Violation(.openSet, "what is ready cannot be begun")
      }
      next.history[number] = .running(again: next.history.isAgain(number))
    case .redrive(let chosen):
      try next.redrive(chosen, &directives, in: layout)
      try next.note(directives, before: next.history, in: layout, movesOn: false)
      return next
    case .crash:
      try next.crash(&directives, in: layout)
      try next.note(directives, before: next.history, in: layout, movesOn: false)
      return next
    case .end(let number, let kind):
      let transition = Transition(of: layout.delivery(number, next.history), layout.ending(kind, of: number))
      guard next.ledger.apply(transition, in: layout.graph, into: &directives) == .applied else {
        throw Violation(.openSet, "the end of what runs was refused")
      }
      next.noteEnd(of: number, kind, in: layout)
    case .retry(let number):
      let transition = Transition(of: layout.delivery(number, next.history), layout.retry(of: number))
      guard next.ledger.apply(transition, in: layout.graph, into: &directives) == .applied else {
        throw Violation(.openSet, "the retry of what runs was refused")
      }
      try next.noteRetry(of: number, &directives, in: layout)
    case .cancel:
      next.ledger.cancel(in: layout.graph, into: &directives)
      next.history.isCancelled = true
    case .timeOut:
      next.ledger.cancel(because: Layout.cause, in: layout.graph, into: &directives)
      next.history.hasTimedOut = true
    }
    try next.note(directives, before: history, in: layout)
    return next
  }

  /// A retry sends nothing on, and opens the same work for its next attempt; where the activation was told to stop, it is
  /// a failure like any other.
  private mutating func noteRetry(of number: Int, _ directives: inout Directives, in layout: Layout) throws(Violation) {
    let lost = layout.losesTo[number].contains { history.hasStarted($0) }
    if lost || history.isFlagged && !layout.isSpared[number] {
      return noteEnd(of: number, layout.endingCount(of: number) - 1, in: layout)
    }
    var after = history
    after[number] = .ready(again: true)
    guard directives.deliveries.map(\.key) == [layout.delivery(number, after).key], directives.completions.isEmpty
    else {
      throw Violation(.oneEnd, "the retry of \(layout.activations[number]) led to \(directives.deliveries.map(\.key))")
    }
    directives.deliveries = []
    history = after
  }

  mutating func noteEnd(of number: Int, _ kind: Int, in layout: Layout) {
    let lost = layout.losesTo[number].contains { history.hasStarted($0) }
    let flagged = history.isFlagged
    history[number] = .ended(kind, flagged: flagged, lost: lost, again: history.isAgain(number))
    let isCut = lost || flagged && !layout.isSpared[number]
    let hasFailed = kind >= layout.failedKind(of: number) && kind != layout.cutKind(of: number)
    if layout.graph.cancelsRunOnFailure, hasFailed, !isCut { history.hasFatal = true }
  }

  /// Takes over what the ledger did beyond the move itself, and checks it.
  ///
  /// - Parameter movesOn: Whether something has come further; a redrive and a crash take back.
  private mutating func note(
    _ directives: Directives, before: History, in layout: Layout, movesOn: Bool = true
  ) throws(Violation) {
    let open = ledger.openActivations.reduce(UInt32(0)) { $0 | 1 << UInt32(layout.number(of: $1)) }
    var delivered: UInt32 = 0
    for delivery in directives.deliveries {
      let number = layout.number(of: delivery.key.activation)
      guard before[number] == .unstarted, delivered & 1 << UInt32(number) == 0 else {
        throw Violation(.oneEnd, "\(delivery.key.activation) was started twice")
      }
      delivered |= 1 << UInt32(number)
      guard delivery.key == layout.delivery(number, history).key else {
        throw Violation(.oneEnd, "\(delivery.key) was delivered")
      }
      history[number] = open & 1 << UInt32(number) == 0 ? .cut : .ready(again: false)
    }
    for number in layout.activations.indices where open & 1 << UInt32(number) == 0 {
      switch history[number] {
      case .running: throw Violation(.oneEnd, "a running activation left the open set")
      case .ready: history[number] = .cut
      case .unstarted, .cut, .ended: continue
      }
    }
    for number in layout.activations.indices where open & 1 << UInt32(number) != 0 && !history.isOpen(number) {
      throw Violation(.openSet, "\(layout.activations[number]) is open and was never delivered, or has ended")
    }
    guard directives.completions.count == (open == 0 ? 1 : 0) else {
      throw Violation(.completedOnce, "\(directives.completions.count) completions, \(open.nonzeroBitCount) open")
    }
    end = directives.completions.first
    if movesOn { try checkProgress(since: before, in: layout) }
    try checkNothingAbove(open, in: layout)
    try checkCuts(directives, delivered, before: before, in: layout)
    var expectation = Expectation(layout, history)
    for delivery in directives.deliveries {
      try check(delivery, &expectation)
    }
  }

  /// Also of what has ended: something above it that starts later would be as wrong.
  private func checkNothingAbove(_ open: UInt32, in layout: Layout) throws(Violation) {
    for number in layout.activations.indices where history.hasStarted(number) {
      guard layout.above[number] & open == 0 else {
        throw Violation(.nothingAbove, "\(layout.activations[number]) started while something above it was open")
      }
    }
  }

  private func checkProgress(since before: History, in layout: Layout) throws(Violation) {
    var grew = before.isFlagged != history.isFlagged || before.isCancelled != history.isCancelled
    for number in layout.activations.indices {
      let (old, new) = (before.progress(of: number), history.progress(of: number))
      if new < old { throw Violation(.alwaysAWayOn, "a move took something back") }
      grew = grew || new > old
    }
    if !grew { throw Violation(.alwaysAWayOn, "a move led nowhere") }
  }

  /// Rule R12, and its like for losers: what is cut, what is interrupted, and what may start.
  private func checkCuts(_ directives: Directives, _ delivered: UInt32, before: History, in layout: Layout)
    throws(Violation)
  {
    var interrupted: Set<Activation> = []
    for interrupt in directives.interrupts {
      interrupted.insert(interrupt.key.activation)
      guard case .running = history[layout.number(of: interrupt.key.activation)] else {
        throw Violation(.cancelHeeded, "what does not run was interrupted")
      }
    }
    let isNew = history.isFlagged && !before.isFlagged
    for (number, activation) in layout.activations.enumerated() {
      let lost = layout.losesTo[number].contains { history.hasStarted($0) }
      let lostNow = lost && !layout.losesTo[number].contains { before.hasStarted($0) }
      let spared = layout.isSpared[number]
      let mayRun = !lost && (!history.isFlagged || spared)
      switch history[number] {
      case .ready where !mayRun: throw Violation(.cancelHeeded, "\(activation) is ready, and should have been cut")
      case .cut where mayRun && before[number] != .cut: throw Violation(.cancelHeeded, "\(activation) was cut")
      case .running where interrupted.contains(activation) && mayRun:
        throw Violation(.cancelHeeded, "\(activation) was interrupted")
      case .running where (lostNow || isNew && !spared) && !interrupted.contains(activation):
        throw Violation(.cancelHeeded, "\(activation) was not interrupted")
      case .unstarted, .ready, .running, .cut, .ended: continue
      }
    }
  }

  /// A delivery carries exactly what the rules put on its links.
  func check(_ delivery: Delivery, _ expectation: inout Expectation) throws(Violation) {
    let layout = expectation.layout
    let number = layout.number(of: delivery.key.activation)
    let stage = layout.graph[delivery.stage]
    if stage.incoming.isEmpty { return }
    let marks = expectation.marks(into: number)
    let tokens: [Token?] =
      switch delivery.input {
      case .single: [.succeeded(layout.model.payload, input: nil)]
      case .caught(let failure): [.caught(failure)]
      case .join(let tokens): tokens
      }
    guard tokens.count == stage.incoming.count else {
      throw Violation(.exactTokens, "\(delivery.key.activation) saw \(tokens.count) tokens")
    }
    // An eager join that fired stays fired, on what it had, whatever was redriven above it.
    if history.redrives > 0, stage.rule.threshold != nil { return }
    for (token, mark) in zip(tokens, marks) {
      guard let token else {
        // Only an eager join starts without waiting for all.
        if stage.rule == .needs { throw Violation(.exactTokens, "\(delivery.key.activation) did not wait for a token") }
        continue
      }
      guard let mark, layout.matches(token, mark) else {
        throw Violation(
          .exactTokens, "\(delivery.key.activation) saw \(token) where \(mark.map { "\($0)" } ?? "nothing") lies")
      }
    }
    if let threshold = stage.rule.threshold, tokens.count(where: { $0?.isSuccess ?? false }) < threshold {
      throw Violation(.exactTokens, "\(delivery.key.activation) started below its threshold")
    }
  }
}

extension Layout {
  /// Whether the ledger's token is what the rules expect.
  func matches(_ token: Token, _ mark: Expectation.Mark) -> Bool {
    switch (token, mark) {
    case (.succeeded, .succeeded), (.notTaken, .notTaken), (.cancelled, .cancelled): true
    case (.caught(let failure), .caught(let number)), (.failed(let failure), .failed(let number)):
      self.number(of: failure) == number
    case (.gathered(let tokens), .gathered(let marks)):
      tokens.count == marks.count && zip(tokens, marks).allSatisfy { matches($0, $1) }
    default: false
    }
  }
}
