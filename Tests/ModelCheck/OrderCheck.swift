import TadweenCore

/// The end does not depend on order: a run that ended is run again in the order of the graph, every activation ending
/// as it did, and must end the same.
///
/// Why that is enough: the replay consults the assignment of endings only for what it starts. If the same activations
/// start as in the run that is replayed, then any two runs under one assignment have the same replay, hence the same
/// end. Runs that were cancelled are left out: at which moment is a decision too. For them equal histories, which hold
/// what came after the flag, must leave equal states.
///
/// With `cancelLosers` an activation may run in one order and be cut in the other. What is promised then is the run's
/// outcome and what it puts out, whatever the losers would have done; what was absorbed may differ. Not even the outcome
/// where failures cancel the run: there a loser that fails before it is cut fails the run ("absorbed or not", R9), and
/// one that is cut first does not.
struct OrderCheck {
  private let layout: Layout

  init(_ layout: Layout) { self.layout = layout }

  /// A run in which something was redriven, or crashed, must end as one that went so from the beginning. Not so where an
  /// eager rule is about: a join that fired stays fired, whatever becomes of what it fired of. Nor where failures cancel the run: the redrive of
  /// another failure clears the flag, and what was cut runs.
  func replay(_ history: History, _ end: RunEnd) throws(Violation) {
    let isPlain = history.redrives == 0 && history.deaths == 0
    if !isPlain, layout.isEager || layout.graph.cancelsRunOnFailure { return }
    guard layout.cancelsLosers else {
      let again = try run(history) { number throws(Violation) in
        throw Violation(.orderFree, "in the order of the graph, \(layout.activations[number]) starts too")
      }
      guard again.history == history || !isPlain, again.end.map({ outcome($0) }) == outcome(end),
        again.end.map({ absorbed($0) }) == absorbed(end)
      else {
        throw Violation(.orderFree, "\(end.outcome), but in the order of the graph \(String(describing: again.end))")
      }
      return
    }
    guard !layout.graph.cancelsRunOnFailure else { return }
    for choice in [0, 1] {
      let again = try run(history) { number in choice == 0 ? 0 : layout.endingCount(of: number) - 1 }
      guard let other = again.end, other.outcome == end.outcome,
        other.outputs.map(\.activation) == end.outputs.map(\.activation)
      else {
        throw Violation(.orderFree, "\(end.outcome), but in the order of the graph \(String(describing: again.end))")
      }
    }
  }

  private func absorbed(_ end: RunEnd) -> [Int?] { end.absorbed.map { layout.number(of: $0) } }

  /// The failures by where they arose, because a crash fails otherwise than a handler; `[-1]` for a cancelled run.
  private func outcome(_ end: RunEnd) -> [Int?] {
    switch end.outcome {
    case .succeeded: []
    case .cancelled: [-1]
    case .failed(let failures): failures.map { layout.number(of: $0) }
    }
  }

  private func run(_ history: History, otherwise: (Int) throws(Violation) -> Int) throws(Violation) -> Step {
    var step = try Step.start(layout)
    while let number = layout.activations.indices.first(where: { step.history.isOpen($0) }) {
      step = try step.taking(.begin(number), in: layout)
      let kind: Int
      if case .ended(let known, _, _, let again) = history[number] {
        kind = known == layout.cutKind(of: number) ? known : min(known, layout.failedKind(of: number))
        if again { step = try step.taking(.retry(number), in: layout).taking(.begin(number), in: layout) }
      } else {
        kind = try otherwise(number)
      }
      step = try step.taking(.end(number, kind: kind), in: layout)
    }
    return step
  }
}
