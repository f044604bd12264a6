/// The state of one run, and the rules that change it: a value without a clock, a lock, or a task.
///
/// It takes an event, changes itself, and says what is to be done. A broker keeps one ledger a run and applies each
/// event inside its own transaction: a lock in memory, a transaction in a database. So no broker can get a rule of
/// joins, cascades or completion wrong by itself. The directives are made outside the lock, and outlive it: with them
/// goes what the ledger lets go; see ``Directives/released``.
///
/// - ``start(at:with:in:ticket:into:)``: a submission
/// - ``begin(_:)``: a worker takes a delivery up
/// - ``apply(_:in:into:)``: an activation ended
/// - ``cancel(because:in:ticket:into:)``: someone wants the run to stop, or its time is over
/// - ``redrive(_:in:ticket:into:)``: someone wants what failed to be done again
/// - ``unpark(_:_:in:ticket:into:)``: someone decides about a failed activation that waits for it
/// - ``recover(in:ticket:into:)``: the process that had the run died
public struct RunLedger: Sendable {
  public let run: RunID
  var open = OpenSet()
  // Here, where the open set leaves a gap: there are as many ledgers as unfinished runs.
  var isCancelled = false
  /// Whether the flag cut anything short.
  var wasCut = false
  var outputs = KeptOutputs.none
  /// The stages whose plain deliveries were applied; see ``hasEnded(_:)``.
  var ended = StageSet()
  /// What only some runs have; see ``extras``.
  var box: RunExtras.Box?

  public init(run: RunID) { self.run = run }

  /// Whether nothing is left to do.
  public var isComplete: Bool { open.isEmpty }

  /// How many activations are ready, running or parked.
  public var openCount: Int { open.count }

  /// The activations that are ready, running or parked, in the order of the graph.
  public var openActivations: [Activation] { open.sorted.map(\.activation) }

  /// Opens the entry with a payload; entries that are not addressed put notTaken on their links.
  public mutating func start(
    at entry: StageID, with payload: Payload, in graph: WorkflowGraph, ticket: (any RunTicket)? = nil,
    into directives: inout Directives
  ) {
    var cascade = Cascade(ticket: ticket)
    let key = DeliveryKey(activation: Activation(stage: entry))
    open.open(key, .payload(payload))
    directives.deliveries.append(
      Delivery(run: run, key: key, link: nil, input: .single(payload, input: nil), ticket: ticket))
    for other in graph.entries where other != entry {
      settle(Activation(stage: other), .dead(.notTaken), in: graph, &cascade, &directives)
    }
    drain(&cascade, in: graph, &directives)
  }

  /// Marks a delivery as taken up by a worker. False: it is no longer current, and must not run.
  public mutating func begin(_ key: DeliveryKey) -> Bool {
    open.begin(key)
  }

  /// Records the end of an activation, and all that follows from it.
  public mutating func apply(_ transition: Transition, in graph: WorkflowGraph, into directives: inout Directives)
    -> CommitDisposition
  {
    let key = transition.key
    guard open.isCurrent(key) else { return hasEnded(key) || open.wasRetried(key) ? .repeated : .stale }
    switch transition.ending {
    case .retried(let retry) where !isCut(key.activation, in: graph):
      again(transition.delivery, retry, &directives)
      return .applied
    case .parked(let failure) where !isCut(key.activation, in: graph):
      park(transition.delivery, failure)
      return .applied
    case .succeeded, .notTaken: break
    case .failed, .cancelled, .retried, .parked: keep(key.activation, in: graph)
    }
    close(key.activation)
    noteEnd(of: key)
    var cascade = Cascade(ticket: transition.ticket)
    switch transition.ending {
    case .succeeded(let success): succeed(key.activation, with: success, in: graph, &cascade, &directives)
    case .failed(let failure) where !isCut(key.activation, in: graph):
      settle(key.activation, .failed(failure), in: graph, &cascade, &directives)
    case .notTaken: settle(key.activation, .notTaken, in: graph, &cascade, &directives)
    // A handler that throws after it was told to stop was cancelled, and so is what waits for a retry or for somebody
    // (rule R12).
    case .cancelled, .failed, .retried, .parked: settle(key.activation, .cancelled, in: graph, &cascade, &directives)
    }
    drain(&cascade, in: graph, &directives)
    completeIfEmpty(&directives)
    return .applied
  }

  /// Keeps the activation open for another attempt, and sends nothing on (rules R6, R10).
  private mutating func again(_ delivery: Delivery, _ retry: Retry, _ directives: inout Directives) {
    let key = delivery.key.next(countsAttempt: retry.countsAttempt)
    open.reopen(key, isRetry: true)
    extras.histories[key.activation] = retry.history
    directives.deliveries.append(delivery.again(key, retry.history))
  }

  /// Sets the flag of rule R12: what is ready ends cancelled now, what runs is interrupted, and whatever would start
  /// from now on ends cancelled instead. Repeating it changes nothing, with another cause neither.
  ///
  /// - Parameter cause: What the run has failed of, whatever its last handlers still bring; nil: it is cancelled, if that
  ///   cuts anything short.
  public mutating func cancel(
    because cause: Failure? = nil, in graph: WorkflowGraph, ticket: (any RunTicket)? = nil,
    into directives: inout Directives
  ) {
    guard !isCancelled, !open.isEmpty else { return }
    var cascade = Cascade(ticket: ticket)
    isCancelled = true
    if let cause { extras.cause = cause }
    cancelOpen(in: graph, &cascade, &directives)
    drain(&cascade, in: graph, &directives)
    completeIfEmpty(&directives)
  }

  /// Whether the activation was told to stop, so that a failure of it counts as cancelled.
  public func isCut(_ activation: Activation, in graph: WorkflowGraph) -> Bool {
    (isCancelled && !graph[activation.stage].runsWhenCancelled) || hasLost(activation, in: graph)
  }

  /// Whether the activation leads only to a join that has fired without it.
  func hasLost(_ activation: Activation, in graph: WorkflowGraph) -> Bool {
    hasExtras
      && graph[activation.stage].losesTo.contains { join in
        let scope = activation.scope.prefix(graph[join].scope.count)
        return extras.settledJoins.contains(Activation(stage: join, scope: scope))
      }
  }

  /// What is open no longer.
  mutating func close(_ activation: Activation) {
    open.close(activation)
    if hasExtras, !extras.histories.isEmpty { extras.histories[activation] = nil }
  }

  /// Keeps what an open activation runs on: it is about to end, and a redrive may ask for it. A loser's nobody asks for.
  mutating func keep(_ activation: Activation, in graph: WorkflowGraph) {
    guard let entry = open[activation] else { return }
    if isCut(activation, in: graph), !isCutByFlag(activation, in: graph) { return }
    extras.kept[activation] = RunExtras.Kept(entry, extras.histories[activation])
  }

  mutating func completeIfEmpty(_ directives: inout Directives) {
    guard open.isEmpty else { return }
    let end = summary
    if hasExtras { extras.end = end }
    directives.completions.append(end)
  }

  /// What became of the run, once it was started and nothing is left to do; nil until then.
  public var end: RunEnd? {
    guard open.isEmpty else { return nil }
    return hasExtras ? extras.end ?? summary : summary
  }

  /// How many times the run was complete and was then redriven.
  public var round: Int { hasExtras ? extras.pastEnds.count : 0 }

  /// What became of the run in that round; nil while it is not known. A redrive changes nothing about those before.
  public func end(of round: Int) -> RunEnd? {
    let past = hasExtras ? extras.pastEnds : []
    return round < past.count ? past[round] : round == past.count ? end : nil
  }

  /// What became of the run, put together from what it kept.
  private var summary: RunEnd {
    // Most runs.
    if !hasExtras, !wasCut {
      return RunEnd(run: run, round: 0, outcome: .succeeded, kept: outputs, absorbed: [], shortfalls: [])
    }
    // A failure that was passed on to several sinks is one failure; what cancelled the run comes first.
    let surfaced = extras.surfaced.sorted { $0.key < $1.key }.map(\.value)
    var known: Set<Failure> = []
    let fatal = extras.fatal.flatMap { extras.failures[$0] }
    let surfacing = ([extras.cause, fatal].compactMap { $0 } + surfaced).filter { known.insert($0).inserted }
    let isCut = wasCut || !extras.cutSinks.isEmpty
    let outcome: RunEnd.Outcome = surfacing.isEmpty ? (isCut ? .cancelled : .succeeded) : .failed(surfacing)
    let absorbed = extras.failures.sorted { $0.key < $1.key }.map(\.value).filter { !known.contains($0) }
    let shortfalls = extras.shortfalls.sorted { $0.key < $1.key }.map(\.value)
    return RunEnd(run: run, round: round, outcome: outcome, kept: outputs, absorbed: absorbed, shortfalls: shortfalls)
  }
}

/// How an activation ended that did not succeed, once the flag of its run has had its say.
enum End {
  case failed(Failure)
  case notTaken
  case cancelled
  /// It never ran.
  case dead(Death)
}

/// The ends that one event brings about, one after the other.
struct Cascade {
  let ticket: (any RunTicket)?
  var pending: [(activation: Activation, end: End)] = []
}
