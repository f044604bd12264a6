import TadweenCore

/// Follows each failure through the graph: somebody must have seen it.
///
/// A failure goes from its activation along the links, through whatever dies of it, until an activation that ran has
/// it among its tokens, or an eager join has fired without it, or it reaches a sink and so the run's outcome.
///
/// Where the rules truly say less than "seen, or in the outcome":
/// - Two failures that meet at a join which dies go on as one, the first in link order (R2: one class, one root cause).
///   The other is followed as the one that stands for it; both are in the run's lists.
/// - What would have taken the failure may be cancelled instead (R12, and R4 for losers). The failure is then in the
///   run's list of absorbed ones; it was on its way to somebody when the user stopped the run.
struct FailurePaths {
  private enum Fate: Int, Comparable {
    case forgotten, cutOff, seen
    static func < (a: Fate, b: Fate) -> Bool { a.rawValue < b.rawValue }
  }

  private var expectation: Expectation
  private let named: [Int]
  private var layout: Layout { expectation.layout }
  private var history: History { expectation.history }

  init(_ expectation: Expectation, named: [Int]) {
    self.expectation = expectation
    self.named = named
  }

  mutating func check() throws(Violation) {
    for number in layout.activations.indices where expectation.end(of: number) == .failed {
      guard fate(of: number, at: number) != .forgotten else {
        throw Violation(.failuresSurface, "nobody saw the failure of \(layout.activations[number])")
      }
    }
  }

  /// The best that becomes of a failure that `number` failed of, or died of.
  private mutating func fate(of cause: Int, at number: Int) -> Fate {
    let activation = layout.activations[number]
    let stage = layout.graph[activation.stage]
    let isOwn = cause == number && expectation.end(of: number) == .failed
    // A sink is a place where the run's outcome is made, unless a failure link takes the failure away.
    if named.contains(cause) { return .seen }
    if stage.isSink && !(isOwn && stage.hasFailureLink) { return .forgotten }
    var best = Fate.forgotten
    for id in stage.outgoing where layout.graph[id].kind != .failure || isOwn {
      let isGather = if case .gather = layout.graph[id].kind { true } else { false }
      best = max(best, fate(of: cause, by: id, in: isGather ? activation.scope.enclosing : activation.scope))
    }
    for map in stage.maps {
      for id in layout.graph[map].gathers { best = max(best, fate(of: cause, by: id, in: activation.scope)) }
    }
    return best
  }

  /// What becomes of it at the target of a link.
  private mutating func fate(of cause: Int, by id: LinkID, in scope: ScopePath) -> Fate {
    let target = layout.number(of: Activation(stage: layout.graph[id].target, scope: scope))
    switch history[target] {
    case .cut: return .cutOff
    case .ready, .running, .ended: return .seen
    case .unstarted: break
    }
    switch expectation.end(of: target) {
    case .dead(let other): return fate(of: other, at: target)
    case .cancelled: return .cutOff
    case .succeeded, .failed, .notTaken, .absent, .overdue, nil: return .forgotten
    }
  }
}
