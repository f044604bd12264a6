/// An activation that failed, with all that it takes to look at it and to redrive it (rule R10).
public struct DeadLetter: Sendable {
  /// Names it among those of its run. The next failure of the same activation has another.
  public struct ID: Hashable, Sendable {
    public let activation: Activation
    /// 0; one more for each time that it was redriven.
    public let generation: UInt32

    public init(_ activation: Activation, generation: UInt32 = 0) {
      self.activation = activation
      self.generation = generation
    }
  }

  public let run: RunID
  public let id: ID
  /// What it failed of.
  public let failure: Failure
  /// What the attempts before the last one failed of, oldest first.
  public let earlier: [Failure]
  /// How many attempts were made.
  public let attempts: Int
  /// How many processes died while it ran.
  public let crashes: Int
  /// What it ran on, as its links brought it.
  public let input: Delivery.Input
}

/// An activation that failed and waits for somebody to decide: no token was put, and its run goes on (rule R10).
public struct ParkedActivation: Sendable {
  public let run: RunID
  /// Names what is decided about: once that is done, the same decision again changes nothing.
  public let key: DeliveryKey
  public let failure: Failure
  /// What the attempts before the last one failed of, oldest first.
  public let earlier: [Failure]
  /// What it ran on, as its links brought it.
  public let input: Delivery.Input

  package init(run: RunID, key: DeliveryKey, failure: Failure, earlier: [Failure], input: Delivery.Input) {
    (self.run, self.key, self.failure, self.earlier, self.input) = (run, key, failure, earlier, input)
  }
}

/// What a redrive takes back, or would take back.
public struct Redrive: Hashable, Sendable {
  /// The activations that are ready again, on the input that they had: those that failed, and in a cancelled run those that
  /// the cancellation cut. In the order of the graph.
  public var reopened: [Activation] = []
  /// What had followed from them, and follows anew. In the order of the graph.
  public var takenBack: [Activation] = []
  /// Whether the run was complete, and is open again: it will have another end.
  public var reopensRun = false
  /// The round whose end tells how it went; see ``RunEnd/round``.
  public var round = 0

  public init() {}

  /// Whether there was nothing to redrive.
  public var isEmpty: Bool { reopened.isEmpty }
}

/// What somebody decides about a parked activation.
public enum ParkDecision: Sendable {
  /// It is attempted again; attempts and crashes count from nought.
  case retry
  /// It ends notTaken.
  case skip
  /// It ends succeeded, with this.
  case substitute(Success)
  /// It ends failed, with the failure that it was parked with.
  case fail
}
