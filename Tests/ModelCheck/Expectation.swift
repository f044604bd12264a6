import TadweenCore

/// What the rules say about every activation, computed from what the handlers did and nothing else.
///
/// Written from R1 to R5, R9 and R12 without a look at the ledger, and in the other direction: the ledger pushes tokens
/// forward as events come; this asks backwards, from an activation to its links and their sources. It knows nothing of
/// order, and so it is what the ledger must agree with in every order.
struct Expectation {
  /// How an activation ended.
  enum End: Equatable {
    case succeeded(declined: [LinkID], widths: [Int])
    /// Its own failure.
    case failed
    /// It never ran, for a failure above it.
    case dead(Int)
    case notTaken
    case cancelled
    /// It lies in a map that has no such item.
    case absent
    /// All that it needs is there, and yet it has not started.
    case overdue
  }

  /// What a link carries. Failures are named by the number of the activation that failed.
  enum Mark: Equatable {
    case succeeded
    case caught(Int)
    case notTaken
    case cancelled
    case failed(Int)
    case gathered([Mark])

    var isSuccess: Bool {
      switch self {
      case .succeeded, .caught, .gathered: true
      case .notTaken, .cancelled, .failed: false
      }
    }

    /// The failure in it, also where it was taken as a value: if its taker cannot run, it must surface.
    var cause: Int? {
      switch self {
      case .failed(let cause), .caught(let cause): cause
      case .gathered(let items): items.lazy.compactMap(\.cause).first
      case .succeeded, .notTaken, .cancelled: nil
      }
    }
  }

  let layout: Layout
  let history: History
  private var known: [End??]

  init(_ layout: Layout, _ history: History) {
    self.layout = layout
    self.history = history
    known = Array(repeating: nil, count: layout.activations.count)
  }

  /// How the activation ended; nil while that is open.
  mutating func end(of number: Int) -> End? {
    if let found = known[number] { return found }
    let found = computeEnd(of: number)
    known[number] = .some(found)
    return found
  }

  private mutating func computeEnd(of number: Int) -> End? {
    switch history[number] {
    case .ready, .running: return nil
    case .cut: return .cancelled
    case .ended(let kind, let flagged, let lost, _):
      switch layout.ending(kind, of: number) {
      case .succeeded(let success): return .succeeded(declined: success.declined, widths: success.widths)
      case .notTaken: return .notTaken
      case .cancelled: return .cancelled
      // A handler that throws after it was told to stop was cancelled.
      case .failed, .retried, .parked: return lost || flagged && !layout.isSpared[number] ? .cancelled : .failed
      }
    case .unstarted: break
    }
    guard let exists = exists(number) else { return nil }
    guard exists else { return .absent }
    let stage = layout.stage(of: number)
    if stage.incoming.isEmpty { return .notTaken }
    guard let verdict = verdict(number) else { return nil }
    guard case .fires = verdict else {
      if case .dies(let end) = verdict { return end }
      return nil
    }
    let isCut = history.isFlagged && !layout.isSpared[number] || hasLost(number)
    return isCut ? .cancelled : .overdue
  }

  /// Whether its tokens let it start, and nothing else kept it from that.
  mutating func wouldFire(_ number: Int) -> Bool {
    if layout.stage(of: number).incoming.isEmpty { return false }
    if case .fires = verdict(number) { return true }
    return false
  }

  func hasLost(_ number: Int) -> Bool { layout.losesTo[number].contains { history.hasStarted($0) } }

  /// Whether the maps around an activation have this item; nil while that is open.
  mutating func exists(_ number: Int) -> Bool? {
    let activation = layout.activations[number]
    for (level, map) in layout.graph[activation.stage].scope.enumerated() {
      let outer = ScopePath(Array(activation.scope.indices.prefix(level)))
      guard let width = width(of: map, in: outer) else { return nil }
      if activation.scope.indices[level] >= width { return false }
    }
    return true
  }

  /// The number of items of a map; 0 where it never opened; nil while that is open.
  private mutating func width(of map: MapID, in scope: ScopePath) -> Int? {
    let source = layout.graph[map].source
    guard let end = end(of: layout.number(of: Activation(stage: source, scope: scope))) else { return nil }
    guard case .succeeded(_, let widths) = end else { return 0 }
    return layout.graph[source].maps.firstIndex(of: map).map { widths[$0] } ?? 0
  }

  enum Verdict {
    case fires
    case dies(End)
  }

  /// Rule R4; nil while the join waits.
  private mutating func verdict(_ number: Int) -> Verdict? {
    let stage = layout.stage(of: number)
    let marks = marks(into: number)
    if let threshold = stage.rule.threshold, marks.count(where: { $0?.isSuccess ?? false }) >= threshold {
      return .fires
    }
    let all = marks.compactMap(\.self)
    guard all.count == marks.count else { return nil }
    if stage.rule == .needs {
      let isMet = zip(stage.incoming, all).allSatisfy { id, mark in
        switch layout.graph[id].need {
        case .value: mark.isSuccess
        case .ifTaken: mark.isSuccess || mark == .notTaken
        case .outcome: true
        }
      }
      if isMet, !all.allSatisfy({ $0 == .notTaken }) { return .fires }
    }
    return .dies(Self.worst(of: all))
  }

  private static func worst(of marks: [Mark]) -> End {
    if let cause = marks.lazy.compactMap(\.cause).first { return .dead(cause) }
    return marks.contains(.cancelled) ? .cancelled : .notTaken
  }

  /// What lies on each incoming link, in link order; nil where nothing does yet.
  mutating func marks(into number: Int) -> [Mark?] {
    let scope = layout.activations[number].scope
    let links = layout.stage(of: number).incoming
    var marks: [Mark?] = []
    for id in links { marks.append(mark(on: id, in: scope)) }
    return marks
  }

  private mutating func mark(on id: LinkID, in scope: ScopePath) -> Mark? {
    let link = layout.graph[id]
    switch link.kind {
    case .value, .failure: return mark(on: id, from: Activation(stage: link.source, scope: scope))
    case .each: return mark(on: id, from: Activation(stage: link.source, scope: scope.enclosing))
    case .gather(let map, let rule):
      let opener = layout.number(of: Activation(stage: layout.graph[map].source, scope: scope))
      guard let opened = end(of: opener) else { return nil }
      guard case .succeeded = opened else { return pass(on: opened, of: opener) }
      guard let width = width(of: map, in: scope) else { return nil }
      if width == 0 { return .gathered([]) }
      var items: [Mark] = []
      for index in 0..<width {
        let source = Activation(stage: link.source, scope: scope.item(index))
        guard let item = mark(on: id, from: source) else { return nil }
        items.append(item)
      }
      let isMet =
        switch rule {
        case .all: items.allSatisfy(\.isSuccess)
        case .ifTaken: items.allSatisfy { $0.isSuccess || $0 == .notTaken }
        case .outcome: true
        case .atLeast(let share): Double(items.count(where: \.isSuccess)) >= share * Double(width)
        }
      return isMet ? .gathered(items) : pass(on: Self.worst(of: items), of: opener)
    }
  }

  /// Rule R2: what one ended activation puts on one link.
  private mutating func mark(on id: LinkID, from source: Activation) -> Mark? {
    let number = layout.number(of: source)
    guard let end = end(of: number) else { return nil }
    if layout.graph[id].kind == .failure { return end == .failed ? .caught(number) : .notTaken }
    if case .succeeded(let declined, _) = end, declined.contains(id) { return .notTaken }
    return pass(on: end, of: number)
  }

  private func pass(on end: End, of number: Int) -> Mark? {
    switch end {
    case .succeeded: .succeeded
    case .failed: .failed(number)
    case .dead(let cause): .failed(cause)
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    case .absent, .overdue: nil
    }
  }
}
