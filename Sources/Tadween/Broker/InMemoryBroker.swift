public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Keeps runs in this process and nowhere else: **what it holds is gone when the process ends.**
///
/// It is what a workflow uses until it has to survive a crash. Every run has a lock and a ledger of its own, so runs do
/// not wait for each other; values travel as they are, and nothing is encoded.
///
/// `.inMemory(roundTrip: true)` behaves as a durable broker would: every payload is encoded and decoded again at each
/// step, and messages are received instead of handed over. Use it in tests, to find what would not survive.
///
/// A caller's id is known while its run is unfinished and for the last `remembered` finished ones; then it may be used
/// anew.
public final class InMemoryBroker: Broker {
  private let roundTrip: Bool
  private let wallClock: @Sendable () -> Date
  /// What makes it unusable, with the remedy; nil: nothing.
  private let problem: String?
  private let state: Locked<State>

  private struct State: Sendable {
    var graph: WorkflowGraph?
    var observer: (any RunObserver)?
    var isClosed = false
    var callers: CallerRegistry
    var mailboxes: [Mailbox] = []
    var letters: LetterBook
  }

  /// - Parameters:
  ///   - roundTrip: Encode and decode every payload at each step.
  ///   - remembered: How many finished runs with a caller's id are remembered; 10 000 by default.
  ///   - deadLetters: How many runs with dead letters are remembered, the newest; 10 000 by default. Of older ones only
  ///     whoever holds a ``Run`` can ask.
  ///   - wallClock: What says when something failed.
  public init(
    roundTrip: Bool = false, remembered: Int = 10_000, deadLetters: Int = 10_000,
    wallClock: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.roundTrip = roundTrip
    self.wallClock = wallClock
    let limits = [(remembered, "finished runs"), (deadLetters, "runs with dead letters")]
    problem = limits.first { $0.0 < 0 }.map { "This in-memory broker is to remember \($0) \($1): use at least 0." }
    state = Locked(State(callers: CallerRegistry(remembered: remembered), letters: LetterBook(limit: deadLetters)))
  }

  public var handsOver: Bool { !roundTrip }
  public var payloadEncoding: PayloadEncoding? { roundTrip ? PayloadEncoding() : nil }

  public func open(_ graph: WorkflowGraph, observer: any RunObserver) throws -> Recovery {
    if let problem { throw TadweenError(.invalidArgument, problem) }
    try state.withLock { state in
      guard state.graph == nil else {
        throw TadweenError(
          .wrongPhase, "This in-memory broker serves a workflow already: give each workflow a broker of its own.")
      }
      state.graph = graph
      state.observer = observer
      if roundTrip { state.mailboxes = graph.stages.map { _ in Mailbox() } }
    }
    return Recovery()
  }

  public func submit(_ runs: [NewRun]) throws -> SubmitResult {
    let graph = try openGraph()
    var result = SubmitResult()
    result.submissions.reserveCapacity(runs.count)
    var directives = Directives()
    directives.deliveries.reserveCapacity(runs.count)
    for new in runs { result.submissions.append(create(new, in: graph, &directives)) }
    (result.deliveries, result.announced) = handOver(&directives)
    return result
  }

  private func create(_ new: NewRun, in graph: WorkflowGraph, _ directives: inout Directives) -> Submission {
    let run = MemoryRun(new)
    guard let caller = new.callerID else {
      run.start(with: new, in: graph, into: &directives)
      return .created(run)
    }
    // Started before anybody else can find it: with nothing open yet it would look complete.
    let known = state.withLock { state -> CallerRegistry.Entry? in
      if let known = state.callers[caller] { return known }
      state.callers.register(new, as: run, under: caller)
      run.start(with: new, in: graph, into: &directives)
      return nil
    }
    return known?.answer(to: new) ?? .created(run)
  }

  public func receive(from stage: StageID, atMost limit: Int) async throws -> [Delivery] {
    let mailbox = state.withLock { state in
      state.mailboxes.isEmpty ? nil : state.mailboxes[Int(stage.index)]
    }
    // A broker that hands over has nothing to be received, ever; it says so at once.
    return await mailbox?.receive(atMost: limit) ?? []
  }

  public func commit(_ transitions: [Transition]) throws -> CommitResult {
    let graph = try openGraph()
    var result = CommitResult()
    var directives = Directives()
    directives.deliveries.reserveCapacity(transitions.count)
    var finishedCallers: [String] = []
    // Before they are applied: whoever sees the end of a run finds what failed in it.
    note(transitions)
    for (position, transition) in transitions.enumerated() {
      guard let run = transition.ticket as? MemoryRun else {
        result.stale.append(position)
        continue
      }
      let complete = directives.completions.count
      let (disposition, isCut) = run.apply(transition, in: graph, into: &directives)
      switch disposition {
      case .applied where isCut:
        result.cut.append(position)
        state.withLock { $0.letters.forget([transition.key.activation], of: run) }
      case .stale: result.stale.append(position)
      case .applied, .repeated: break
      }
      if directives.completions.count > complete, let caller = run.callerID { finishedCallers.append(caller) }
    }
    finish(&directives, finishedCallers, &result)
    return result
  }

  /// Remembers the runs of what failed or is parked, as far as these are that.
  private func note(_ transitions: [Transition]) {
    var marked: [(run: MemoryRun, activation: Activation, isParked: Bool)] = []
    for transition in transitions where transition.ending.hasFailed {
      guard let run = transition.ticket as? MemoryRun else { continue }
      switch transition.ending {
      case .failed: marked.append((run, transition.key.activation, false))
      case .parked: marked.append((run, transition.key.activation, true))
      case .succeeded, .notTaken, .cancelled, .retried: break
      }
    }
    note(marked)
  }

  private func note(_ marked: [(run: MemoryRun, activation: Activation, isParked: Bool)]) {
    if marked.isEmpty { return }
    let now = wallClock()
    let forgotten = state.withLock { state in
      marked.flatMap { state.letters.note($0.activation, of: $0.run, isParked: $0.isParked, at: now) }
    }
    // Goes after unlocking, with all that the runs had kept.
    withExtendedLifetime(forgotten) {}
  }

  public func control(_ command: RunCommand) throws -> CommitResult {
    let graph = try openGraph()
    var result = CommitResult()
    var directives = Directives()
    var finishedCallers: [String] = []
    switch command {
    case .cancel(let ticket, let cause):
      guard let run = ticket as? MemoryRun else { break }
      run.cancel(because: cause, in: graph, into: &directives)
      // What a stage parked that runs when cancelled stays parked.
      let withdrawn = directives.withdrawn.map(\.key.activation)
      state.withLock { $0.letters.forget(withdrawn, of: run, onlyParked: true) }
      if !directives.completions.isEmpty, let caller = run.callerID { finishedCallers.append(caller) }
    case .redrive(let ticket, let letters):
      guard let run = ticket as? MemoryRun else { break }
      let redrive = run.redrive(letters, in: graph, into: &directives)
      result.redrive = redrive
      state.withLock { $0.letters.forget(redrive.reopened + redrive.takenBack, of: run) }
    case .unpark(let ticket, let key, let decision):
      guard let run = ticket as? MemoryRun else {
        result.stale = [0]
        break
      }
      let fails = if case .fail = decision { true } else { false }
      if fails { note([(run, key.activation, false)]) }
      guard run.unpark(key, decision, in: graph, into: &directives) else {
        result.stale = [0]
        break
      }
      state.withLock { $0.letters.forget([key.activation], of: run, onlyParked: fails) }
      if !directives.completions.isEmpty, let caller = run.callerID { finishedCallers.append(caller) }
    }
    finish(&directives, finishedCallers, &result)
    return result
  }

  public func close(timeout: Duration?) {
    let mailboxes = state.withLock { state in
      state.isClosed = true
      // The observer is the engine, which holds this broker.
      state.observer = nil
      return state.mailboxes
    }
    for mailbox in mailboxes { mailbox.close() }
  }

  func openGraph() throws -> WorkflowGraph {
    try state.withLock { state in
      guard let graph = state.graph, !state.isClosed else {
        throw TadweenError(.brokerClosed, "The in-memory broker is \(state.isClosed ? "closed" : "not open").")
      }
      return graph
    }
  }

  /// What is ready goes to the caller, or into the mailboxes, where it is announced.
  private func handOver(_ directives: inout Directives) -> (deliveries: [Delivery], announced: [StageID: Int]) {
    guard roundTrip else { return (directives.deliveries, [:]) }
    let mailboxes = state.withLock { $0.mailboxes }
    for delivery in directives.deliveries { mailboxes[Int(delivery.stage.index)].put(delivery) }
    return ([], directives.deliveries.reduce(into: [:]) { $0[$1.stage, default: 0] += 1 })
  }

  /// The runs of which something failed, the newest first, with the moment of each failure.
  var letterRuns: [LetterBook.Page] { state.withLock { $0.letters.pages } }

  /// Announces what is complete, outside every lock.
  private func finish(_ directives: inout Directives, _ finishedCallers: [String], _ result: inout CommitResult) {
    directives.released = []
    (result.deliveries, result.announced) = handOver(&directives)
    result.interrupts = directives.interrupts
    result.withdrawn = directives.withdrawn
    guard !directives.completions.isEmpty else { return }
    let (observer, forgotten) = state.withLock { state in
      (state.observer, finishedCallers.flatMap { state.callers.finish($0) })
    }
    observer?.runsDidComplete(directives.completions)
    // Goes after unlocking, for a payload may call back when it goes. Said so, because the optimiser lets go of what is not
    // used again as soon as it can.
    withExtendedLifetime(forgotten) {}
  }
}

extension Broker where Self == InMemoryBroker {
  /// A broker in this process's memory; a new one each time.
  public static var inMemory: InMemoryBroker { InMemoryBroker() }

  /// A broker in this process's memory that behaves as a durable one, where `roundTrip` is true.
  public static func inMemory(roundTrip: Bool) -> InMemoryBroker { InMemoryBroker(roundTrip: roundTrip) }
}
