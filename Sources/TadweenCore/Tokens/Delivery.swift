package import Synchronization

/// An activation that may run now, with what it runs on.
///
/// A class, because it passes through half a dozen hands: one reference instead of five to copy at each.
public final class Delivery: Sendable {
  public enum Input: Sendable {
    /// The payload of the submission, or of the only link; the source's own input where the link carries it.
    case single(Payload, input: Payload?)
    /// A failure that a failure link took.
    case caught(Failure)
    /// The tokens of a join, in link order; those that an eager rule did not wait for are nil.
    case join([Token?])
  }

  public let run: RunID
  public let key: DeliveryKey
  /// The link that it came by; nil for a submission and for a join.
  public let link: LinkID?
  /// How many processes died while it ran (rule R11); no attempt is counted for them.
  public let crashes: UInt8
  public let input: Input
  /// What came before, where this is not the first attempt.
  public let history: AttemptHistory?
  /// The broker's own handle on the run, given back with the transition so that nothing has to be looked up. A broker
  /// that needs none leaves it nil.
  public let ticket: (any RunTicket)?
  /// When it came to its stage's queue, in nanoseconds by the engine's clock. For observers: no rule looks at it.
  package let arrival = Atomic<Int64>(0)

  public init(
    run: RunID, key: DeliveryKey, link: LinkID?, input: Input, ticket: (any RunTicket)?,
    history: AttemptHistory? = nil, crashes: UInt8 = 0
  ) {
    self.run = run
    self.key = key
    self.link = link
    self.crashes = crashes
    self.input = input
    self.history = history
    self.ticket = ticket
  }

  public var stage: StageID { key.activation.stage }
  public var scope: ScopePath { key.activation.scope }
  /// Its run's; the greater, the more urgent.
  public var priority: Int { ticket?.priority ?? 0 }
  /// Whether it is to run with nothing beside it: two processes died while it ran, and a third is not to take its
  /// neighbours along.
  public var runsAlone: Bool { crashes >= 2 }

  /// Whether it is what its run was submitted with, delivered for the first time.
  package var opensRun: Bool {
    if case .single = input { link == nil && key.generation == 0 && key.number == 1 } else { false }
  }

  /// The same work once more.
  func again(_ key: DeliveryKey, _ history: AttemptHistory) -> Delivery {
    Delivery(run: run, key: key, link: link, input: input, ticket: ticket, history: history, crashes: crashes)
  }

  /// Tells its broker that a worker takes it up; false where it is no longer current. See ``RunTicket/begin(_:)``.
  package func begin() -> Bool { ticket?.begin(key) ?? true }

  /// The same for every delivery of the same work (rule R7). Computed when asked for: few messages are.
  public func messageID(in graph: WorkflowGraph) -> MessageID {
    MessageID(
      run: run, generation: key.generation, link: link.map { graph[$0].key } ?? graph[stage].key, scope: scope)
  }
}

/// A broker's own handle on a run, which travels with its deliveries and is what a caller's `Run` holds.
public protocol RunTicket: AnyObject, Sendable {
  var run: RunID { get }

  /// What the submission said of itself.
  var metadata: Metadata { get }

  /// How urgent it is: what has a greater number goes first wherever something waits. Nought by default.
  var priority: Int { get }

  /// Told when a worker takes the delivery up. False: it is no longer current, because its run was cancelled or it was
  /// delivered anew; the worker then drops it.
  func begin(_ key: DeliveryKey) -> Bool

  /// The tokens that half-filled joins wait for; empty where the broker cannot say.
  func awaited(in graph: WorkflowGraph) -> [AwaitedToken]

  /// Whether the stage's work outside maps has ended, whatever is open of it again: a run that has come so far held the units
  /// that the stage demands for the run (rule R15).
  func hasEnded(_ stage: StageID) -> Bool

  /// What became of the run; nil while it is unfinished. Known here before it is announced, so that whoever looks here,
  /// and then waits for the announcement, cannot miss it.
  var end: RunEnd? { get }
  /// How many times the run was complete and was then redriven.
  var round: Int { get }
  /// What became of the run in that round; nil while it is not known. The ends of rounds before stay what they were.
  func end(of round: Int) -> RunEnd?
}

extension RunTicket {
  /// 0: for a broker that redrives nothing.
  public var round: Int { 0 }
  public func end(of round: Int) -> RunEnd? { end }
  public var priority: Int { 0 }
  /// false: for a broker that neither redrives nor survives its process.
  public func hasEnded(_ stage: StageID) -> Bool { false }
  public func awaited(in graph: WorkflowGraph) -> [AwaitedToken] { [] }
}
