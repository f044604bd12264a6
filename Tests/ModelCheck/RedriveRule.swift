import TadweenCore

/// What a redrive takes back, from the wording of R10 alone: asked backwards, of each activation, as ``Expectation`` does.
struct RedriveRule {
  private let layout: Layout
  private let history: History
  private var expectation: Expectation
  private var taken: Set<Int> = []

  init(_ layout: Layout, _ history: History) {
    self.layout = layout
    self.history = history
    expectation = Expectation(layout, history)
  }

  /// The activations that ended failed, by a failure of their own.
  mutating func failed() -> [Int] { layout.activations.indices.filter { expectation.end(of: $0) == .failed } }

  /// Whether a redrive of everything has anything to do.
  mutating func hasWork() -> Bool {
    layout.activations.indices.contains { expectation.end(of: $0) == .failed || isCut($0) }
  }

  /// - Returns: What is opened again, and all that is taken back.
  mutating func apply(_ chosen: Explorer.Chosen) -> (roots: Set<Int>, taken: Set<Int>) {
    var candidates = Set(chosen.number.map { [$0] } ?? failed())
    // One failure alone takes nothing along, unless it is the flag that goes with it.
    if chosen.number == nil || history.isFlagged {
      for number in layout.activations.indices where isCut(number) { candidates.insert(number) }
    }
    var roots: Set<Int> = []
    for stage in layout.graph.topologicalOrder {
      for number in layout.numbers(of: stage) {
        if isBelow(number) {
          taken.insert(number)
        } else if candidates.contains(number) {
          roots.insert(number)
          taken.insert(number)
        }
      }
    }
    return (roots, taken)
  }

  /// Whether the flag cut it: it was ready, or ran, or would have started. Or somebody ended it alone.
  private mutating func isCut(_ number: Int) -> Bool {
    if expectation.hasLost(number) { return false }
    if case .ended(layout.cutKind(of: number), _, lost: false, _) = history[number] { return true }
    guard history.isFlagged || history[number] == .cut else { return false }
    switch history[number] {
    case .cut: return true
    case .running: return !layout.isSpared[number]
    case .ended(let kind, let flagged, _, _):
      return kind >= layout.failedKind(of: number) && kind != layout.cutKind(of: number) && flagged
        && !layout.isSpared[number]
    case .ready: return false
    case .unstarted:
      return expectation.end(of: number) == .cancelled && expectation.wouldFire(number)
    }
  }

  private mutating func isBelow(_ number: Int) -> Bool {
    guard history.isOpen(number) || hasEnd(number) else { return false }
    let isTaken = layout.sources(of: layout.activations[number]).contains { taken.contains($0) && hasEnd($0) }
    guard isTaken else { return false }
    let isEager = layout.stage(of: number).rule.threshold != nil
    return !isEager || !history.hasStarted(number) && !expectation.wouldFire(number) || isInReopenedMap(number)
  }

  private mutating func hasEnd(_ number: Int) -> Bool {
    switch expectation.end(of: number) {
    case nil, .absent, .overdue: false
    case .succeeded, .failed, .dead, .notTaken, .cancelled: true
    }
  }

  /// The items of a map that opens anew are others, whatever had fired in the old ones.
  private func isInReopenedMap(_ number: Int) -> Bool {
    let activation = layout.activations[number]
    return layout.graph[activation.stage].scope.enumerated().contains { level, map in
      let scope = ScopePath(Array(activation.scope.indices.prefix(level)))
      return taken.contains(layout.number(of: Activation(stage: layout.graph[map].source, scope: scope)))
    }
  }
}
