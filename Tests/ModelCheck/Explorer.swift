import TadweenCore

/// Searches every state that one case can reach, depth first, and checks each.
///
/// A state is the history of every activation together with the ledger's own bytes. Moves are: a worker takes up what
/// is ready; a handler ends in one of its ways, or fails and is retried, once; somebody cancels the run, or its time is over, or
/// ends one activation alone.
///
/// That every state has a way to the end needs no search of its own: every move adds to the history, which is finite,
/// and every state whose open set is not empty has a move. Both are checked.
struct Explorer {
  enum Move: Hashable {
    case begin(Int)
    case end(Int, kind: Int)
    case retry(Int)
    case cancel
    /// The run's time is over: it is cancelled, and has failed of that.
    case timeOut
    case redrive(Chosen)
    case crash
  }

  /// What is redriven: one activation, or whatever failed or was cut.
  struct Chosen: Hashable {
    let number: Int?
  }

  let layout: Layout
  /// Whether what is ready is begun and ended in one move.
  ///
  /// Ready and running differ only to a cancellation: one is cut, the other interrupted. Cases with many activations
  /// leave the difference to the others, which have every kind of link and rule too; there a cancellation, still at any
  /// moment, finds nothing running.
  private let isCoarse: Bool
  /// Whether activations are retried, each once.
  private let mayRetry: Bool
  private let faults: Faults
  /// By history, the ledger's bytes: where no rule is eager, one history leaves one state, whatever the order.
  private var visited: [History: [UInt8]] = [:]
  /// Where a rule is eager, histories and bytes together.
  private var visitedEager: Set<[UInt8]> = []
  private(set) var states = 0
  private(set) var ends = 0
  private var path: [Move] = []

  init(_ model: ModelCase, _ faults: Faults) {
    layout = Layout(model)
    self.faults = faults
    mayRetry = layout.activations.count <= faults.retried
    isCoarse = layout.activations.count > (layout.isEager ? 6 : 7)
  }

  mutating func run() throws(Violation) {
    do throws(Violation) {
      let start = try Step.start(layout)
      try enter(start)
    } catch {
      var violation = error
      violation.place = "\(layout.model.description)\n  after \(describe(path))"
      throw violation
    }
  }

  /// Checks the state that a step led to, and all that follow from it, unless it is known.
  private mutating func enter(_ step: Step) throws(Violation) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    step.ledger.encodeState(into: &bytes)
    guard try isNew(step.history, bytes) else { return }
    states += 1
    try StateChecks(layout, step).check(against: bytes)
    if let end = step.end {
      ends += 1
      var checks = EndChecks(layout, step, end)
      try checks.check()
      if !step.history.isFlagged { try OrderCheck(layout).replay(step.history, end) }
    }
    for move in moves(step.history) {
      path.append(move)
      var next = step
      if isCoarse, let number = move.ended { next = try next.taking(.begin(number), in: layout) }
      try enter(try next.taking(move, in: layout))
      path.removeLast()
    }
  }

  private mutating func isNew(_ history: History, _ bytes: [UInt8]) throws(Violation) -> Bool {
    if layout.bytesFollowFromHistory {
      guard let known = visited[history] else {
        visited[history] = bytes
        return true
      }
      if known != bytes { throw Violation(.orderFree, "the same history in another order left another state") }
      return false
    }
    var key = bytes
    history.encode(into: &key)
    return visitedEager.insert(key).inserted
  }

  private func moves(_ history: History) -> [Move] {
    var moves: [Move] = []
    for number in layout.activations.indices where history.isOpen(number) && !isMirrored(number, history) {
      if case .ready = history[number], !isCoarse {
        moves.append(.begin(number))
      } else {
        let kinds = faults.isPlain ? layout.plainKinds(of: number) : Array(0..<layout.endingCount(of: number))
        for kind in kinds { moves.append(.end(number, kind: kind)) }
        if faults.cutsAlone { moves.append(.end(number, kind: layout.cutKind(of: number))) }
        // Whether the retry came before the crash or after it, a history does not say.
        if mayRetry, !history.isAgain(number), history.crashes(of: number) == 0 { moves.append(.retry(number)) }
      }
    }
    if !history.isFlagged, layout.activations.indices.contains(where: history.isOpen) {
      moves.append(.cancel)
      if faults.timesOut { moves.append(.timeOut) }
    }
    if history.redrives < faults.redrives {
      var rule = RedriveRule(layout, history)
      let failed = rule.failed()
      if rule.hasWork() { moves.append(.redrive(Chosen(number: nil))) }
      // One that failed and nothing else is the same as all.
      if failed.count > 1 || history.isFlagged { moves += failed.map { .redrive(Chosen(number: $0)) } }
    }
    if history.deaths < faults.crashes, layout.activations.indices.contains(where: { history.isRunning($0) }) {
      moves.append(.crash)
    }
    return moves
  }

  /// Whether a move of this activation is the mirror image of one of its sibling.
  ///
  /// The items of one map are alike: exchanging two of them, with all that lies inside, turns every run into a run. So
  /// where the sub-trees of items 0 and 1 have the same history, only item 0 moves; what item 1 would do has been seen
  /// in the mirror. What is not alike is which of two failures is passed on, the first; mirrored runs agree there too,
  /// once both items have failed.
  private func isMirrored(_ number: Int, _ history: History) -> Bool {
    layout.mirrors[number].contains { pairs in pairs.allSatisfy { history.isAlike($0.0, $0.1) } }
  }

  private func describe(_ path: [Move]) -> String {
    path.map { move in
      switch move {
      case .begin(let number): "begin \(name(number))"
      case .end(let number, let kind): "end \(name(number)) \(describe(layout.ending(kind, of: number)))"
      case .retry(let number): "retry \(name(number))"
      case .cancel: "cancel"
      case .timeOut: "time out"
      case .redrive(let chosen): "redrive \(chosen.number.map(name) ?? "all")"
      case .crash: "crash"
      }
    }.joined(separator: ", ")
  }

  private func name(_ number: Int) -> String {
    let activation = layout.activations[number]
    return layout.graph[activation.stage].name + activation.scope.description
  }

  private func describe(_ ending: Ending) -> String {
    switch ending {
    case .succeeded(let success):
      let declined = success.declined.map { layout.graph[layout.graph[$0].target].name }
      return "succeeded" + (declined.isEmpty ? "" : " without \(declined.joined())")
        + (success.widths.isEmpty ? "" : " widths \(success.widths)")
    case .failed: return "failed"
    case .notTaken: return "notTaken"
    case .cancelled: return "cancelled"
    case .retried: return "retried"
    case .parked: return "parked"
    }
  }
}

extension Explorer.Move {
  /// The activation whose attempt it ends.
  fileprivate var ended: Int? {
    switch self {
    case .end(let number, _), .retry(let number): number
    case .begin, .cancel, .timeOut, .redrive, .crash: nil
    }
  }
}
