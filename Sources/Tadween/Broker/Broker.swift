public import TadweenCore

/// Carries messages between stages and holds the state of runs.
///
/// A broker is storage: the rules that turn an activation's end into arrivals, fired joins and completed runs are
/// ``RunLedger``'s. A broker keeps one ledger a run and applies every event to it inside its own transaction (a lock in
/// memory, a transaction in a database), then makes the directives durable. The article <doc:WritingABroker> walks
/// through one.
///
/// Nothing is opened when a broker is made: a broker is named where a workflow is, and `build()` opens it.
public protocol Broker: Sendable {
  /// Whether everything that becomes ready is in the results of ``submit(_:)``, ``commit(_:)`` and ``control(_:)``.
  /// The engine then never calls ``receive(from:atMost:)``. False for a broker whose messages may go elsewhere.
  var handsOver: Bool { get }

  /// How payloads are encoded before the broker gets them, so that every type that a link carries has to be `Codable`; nil:
  /// values travel as they are.
  var payloadEncoding: PayloadEncoding? { get }

  /// Makes the broker ready for this graph. Called once, before anything else; a second call throws.
  ///
  /// - Parameters:
  ///   - graph: What the runs follow, until the broker is closed.
  ///   - observer: Told of every run that becomes complete, by the broker and not by whoever committed last.
  func open(_ graph: WorkflowGraph, observer: any RunObserver) async throws -> Recovery

  /// Creates runs, or finds those whose caller's id is known. The order of the results is that of `runs`.
  func submit(_ runs: [NewRun]) async throws -> SubmitResult

  /// Activations that are ready at a stage. Suspends while there are none; empty once the broker is closed or the caller's
  /// task is cancelled.
  func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery]

  /// Applies the ends of activations, each with all that follows from it. A commit that throws changed nothing that a
  /// repeat of it would change again.
  func commit(_ transitions: [Transition]) async throws -> CommitResult

  /// Does what someone outside asks for.
  func control(_ command: RunCommand) async throws -> CommitResult

  /// Lets go of everything. The second call returns at once.
  func close(timeout: Duration?) async throws
}

/// What a broker found when it opened.
public struct Recovery: Sendable {
  /// Activations that were unfinished, ready to run again.
  public var deliveries: [Delivery]
  /// Activations that failed and wait for somebody to decide; see ``RunLedger/parked``. Their deadlines begin anew.
  public var parked: [StoredParked]
  /// How many unfinished runs there are beside those: they come by ``Broker/receive(from:atMost:)`` when there is room.
  public var further = 0
  /// Unfinished runs that cannot go on, for the graph has changed. The broker keeps them as they are, for a process that has
  /// the graph that they were made for.
  public var unfit: [UnfitRun] = []
  /// What is another in this graph than in the one that the store was used with before, each as a sentence without its end.
  public var changes: [String] = []

  public init(deliveries: [Delivery] = [], parked: [StoredParked] = []) {
    self.deliveries = deliveries
    self.parked = parked
  }

  /// The broker's handles on the runs that are unfinished.
  var tickets: [any RunTicket] { deliveries.compactMap(\.ticket) + parked.map(\.ticket) }
}

/// An unfinished run that does not fit the graph.
public struct UnfitRun: Hashable, Sendable, CustomStringConvertible {
  public let run: RunID
  /// What of it does not fit, as the end of a sentence.
  public let reason: String

  public init(run: RunID, reason: String) {
    self.run = run
    self.reason = reason
  }

  public var description: String { "Run \(run) cannot go on in this graph: \(reason)." }
}

/// A run to create.
public struct NewRun: Sendable {
  public let id: RunID
  /// The id that the caller gave, under which a repeated submission finds this run.
  public let callerID: String?
  public let entry: StageID
  public let payload: Payload
  /// What its ticket has to give back; see ``RunTicket/priority``.
  public let priority: Int
  public let metadata: Metadata

  public init(
    id: RunID = .random(), callerID: String? = nil, entry: StageID, payload: Payload, priority: Int = 0,
    metadata: Metadata = [:]
  ) {
    self.id = id
    self.callerID = callerID
    self.entry = entry
    self.payload = payload
    self.priority = priority
    self.metadata = metadata
  }
}

/// What became of one submission.
public enum Submission: Sendable {
  /// A new run, with the broker's handle on it.
  case created(any RunTicket)
  /// The caller's id is known, with an equal payload: the handle on the run that it stands for.
  case existing(any RunTicket)
  /// The caller's id is known, with another payload.
  case conflict(RunID)
}

public struct SubmitResult: Sendable {
  public var submissions: [Submission] = []
  /// Activations that became ready, where the broker hands over.
  public var deliveries: [Delivery] = []
  /// How many became ready at each stage and are to be received; see ``CommitResult/announced``.
  public var announced: [StageID: Int] = [:]
  public init() {}
}

/// What commits and commands did.
public struct CommitResult: Sendable {
  /// Activations that became ready, where the broker hands over.
  public var deliveries: [Delivery] = []
  /// How many activations became ready at each stage, where the broker does not hand over: they count in the bounds of
  /// queues (rule R17) before they are received. A broker whose messages may be received elsewhere leaves it empty; bounds
  /// then hold for what was received.
  public var announced: [StageID: Int] = [:]
  /// Running activations that should stop.
  public var interrupts: [DeliveryID] = []
  /// Activations that were ready or parked and ended, cancelled, before anything began or was decided: their deliveries may be
  /// let go. A broker that leaves it empty has them wait their turn, or their deadline, before they are dropped.
  public var withdrawn: [DeliveryID] = []
  /// The positions of transitions that were refused, because their delivery is no longer current.
  public var stale: [Int] = []
  /// The positions of failures that count as cancelled, because their run was told to stop (rule R12).
  public var cut: [Int] = []
  /// What a redrive took back; nil where no command asked for one.
  public var redrive: Redrive?
  public init() {}
}

/// What someone outside asks of a run.
public enum RunCommand: Sendable {
  /// Cancel the run that the ticket was given for (rule R12). With a cause, which is then what it has failed of (rule R13).
  case cancel(any RunTicket, because: Failure? = nil)
  /// Do again what failed, these dead letters or all of the run's, and in a cancelled run what was cut (rule R10);
  /// ``CommitResult/redrive`` says what that took back.
  case redrive(any RunTicket, [DeadLetter.ID]?)
  /// Do what somebody decided about a parked activation (rule R10). Where it is parked no longer, ``CommitResult/stale``
  /// is `[0]`.
  case unpark(any RunTicket, DeliveryKey, ParkDecision)
}
