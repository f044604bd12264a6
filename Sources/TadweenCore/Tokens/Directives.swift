/// What is to be done after the ledger changed: the ledger decides, the broker and the engine perform.
///
/// One value collects the directives of a whole batch of transitions.
public struct Directives: Sendable {
  /// Activations that may run now.
  public var deliveries: [Delivery] = []
  /// Running activations that should stop: their tasks are to be cancelled.
  public var interrupts: [DeliveryID] = []
  /// Activations that were ready or parked and are so no longer, though nothing of them was begun or decided: they ended
  /// cancelled, or were taken back. Whoever keeps their deliveries need not.
  public var withdrawn: [DeliveryID] = []
  /// Runs that are complete, with what became of them. Said once each time a run becomes so.
  public var completions: [RunEnd] = []
  /// What the ledger kept and needs no more: items of a gather that fell short, what was meant for a join that a
  /// cancellation cut, and what a redrive took back. To be let go, outside every lock: a payload may call back when it goes.
  ///
  /// Whatever else a ledger stops holding, somebody else holds: a fired join's tokens go with its delivery, and what a
  /// transition brought is its committer's.
  public var released: [Token] = []

  public init() {}
}

/// What a commit did to one transition (rule R6).
public enum CommitDisposition: Hashable, Sendable {
  case applied
  /// This very transition was applied before; nothing changed now.
  case repeated
  /// It names a delivery that is no longer current; nothing changed.
  case stale
}

/// What became of a run (rule R9).
public struct RunEnd: Sendable, CustomStringConvertible {
  /// The run as a whole: its sinks decide.
  public enum Outcome: Hashable, Sendable {
    case succeeded
    /// What cancelled the run, where that was a failure or a timeout; then the failures that reached a sink, in the order of
    /// the graph.
    case failed([Failure])
    /// Nothing failed, and somebody cut it short: the run, or what a sink of it needed.
    case cancelled
  }

  public let run: RunID
  /// 0; one more for each time that the run was complete and was then redriven: each time has an end of its own.
  public let round: Int
  public let outcome: Outcome
  let kept: KeptOutputs
  /// Failures that joins and failure links took, so that they did not fail the run.
  public let absorbed: [Failure]
  /// The gathers that failures kept from firing, in the order of the graph.
  public let shortfalls: [GatherShortfall]

  /// The outputs of sinks and of stages that keep theirs, by stage and scope.
  public var outputs: [KeptOutput] { kept.sorted }

  /// A sentence: the run, its outcome, the failures that reached a sink, and the gathers that did not fire.
  public var description: String {
    switch outcome {
    case .succeeded: "Run \(run) succeeded" + (absorbed.isEmpty ? "." : "; \(absorbed.count) failures were absorbed.")
    case .failed(let failures):
      "Run \(run) failed: " + (failures.map(\.description) + shortfalls.map(\.description)).joined(separator: "; ")
    case .cancelled: "Run \(run) was cancelled."
    }
  }
}

/// An output that a run keeps for its caller.
public struct KeptOutput: Sendable {
  public let activation: Activation
  public let output: Payload
}

/// What a run keeps: most have one sink, so one output is kept in place.
enum KeptOutputs: Sendable {
  case none
  case one(KeptOutput)
  case many([KeptOutput])

  mutating func append(_ output: KeptOutput) {
    switch self {
    case .none: self = .one(output)
    case .one(let first): self = .many([first, output])
    case .many(var outputs):
      self = .none  // gives the array up, so that it is changed in place
      outputs.append(output)
      self = .many(outputs)
    }
  }

  /// Takes out what is of these activations.
  mutating func remove(of activations: Set<Activation>) -> [KeptOutput] {
    let all = sorted
    let removed = all.filter { activations.contains($0.activation) }
    if removed.isEmpty { return [] }
    self = .none
    for output in all where !activations.contains(output.activation) { append(output) }
    return removed
  }

  /// By stage and scope.
  var sorted: [KeptOutput] {
    switch self {
    case .none: []
    case .one(let output): [output]
    case .many(let outputs): outputs.sorted { $0.activation < $1.activation }
    }
  }
}

/// Who wants to know when runs are complete.
public protocol RunObserver: AnyObject, Sendable {
  /// Called once each time a run becomes complete, outside every lock of the broker. It must not block.
  func runsDidComplete(_ ends: [RunEnd])
}
