public import TadweenCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What failed in a workflow's runs, to be looked at and done again (rule R10).
///
/// ```swift
/// for letter in try await workflow.deadLetters.list(.init(stage: "transcribe")) {
///   print(letter.run, letter.failure, letter.attempts)
/// }
/// let runs = try await workflow.deadLetters.redrive(allMatching: .init(stage: "transcribe"))
/// for run in runs { try await run.completion() }
/// ```
/// A dead letter is a view of an activation that failed after its last attempt, absorbed or not: it is there until it is
/// redriven. The in-memory broker remembers the newest 10 000 runs with dead letters.
public struct DeadLetters: Sendable {
  let workflow: Workflow

  /// One failure, and what it takes to do it again.
  public struct Letter: Sendable {
    public let run: RunID
    /// The stage that failed.
    public let stage: String
    /// The map item; root outside maps.
    public let scope: ScopePath
    /// What it failed of: its kind, and what was said from the outermost error to the innermost.
    public let failure: Failure
    /// What the attempts before the last one failed of, oldest first.
    public let earlier: [Failure]
    public let attempts: Int
    /// How many processes died while it ran.
    public let crashes: Int
    /// How many times it was redriven before it failed so.
    public let generation: Int
    /// What it ran on, as its links made it; nil where a transform of theirs throws.
    public let input: Payload?
    public let failedAt: Date
    let id: DeadLetter.ID
    let ticket: any RunTicket
    let origin: WorkflowIdentity
  }

  /// What a redrive would do to one run.
  public struct Plan: Sendable {
    public struct Place: Hashable, Sendable, CustomStringConvertible {
      public let stage: String
      public let scope: ScopePath
      public var description: String { stage + scope.description }
    }

    public let run: RunID
    /// What begins anew, on the input that it had.
    public let again: [Place]
    /// What had followed from that, and is taken back: it follows anew.
    public let takenBack: [Place]
    /// Whether the run is complete, and would be open again.
    public let reopensRun: Bool
  }

  /// The dead letters that match, those of the run that failed last first.
  ///
  /// - Parameters:
  ///   - filter: Which are meant; all by default.
  ///   - limit: The greatest number; 100 by default.
  public func list(_ filter: DeadLetterFilter = .all, limit: Int = 100) async throws -> [Letter] {
    let engine = try workflow.engine
    return try await engine.inspection.deadLetters(filter, limit: limit).map(engine.letter)
  }

  /// How many match.
  public func count(_ filter: DeadLetterFilter = .all) async throws -> Int {
    try await workflow.engine.inspection.deadLetterCount(filter)
  }

  /// One of them; nil where that has not failed, or was redriven.
  public func letter(of run: RunID, stage: String, scope: ScopePath = .root) async throws -> Letter? {
    try await list(DeadLetterFilter(stage: stage, run: run), limit: .max).first { $0.scope == scope }
  }

  /// Does one of them again, with all that followed from it; see <doc:RedoingWhatFailed>.
  ///
  /// - Returns: The run, with a completion of its own.
  /// - Throws: ``TadweenError`` with the code `nothingToRedrive`, and nothing changed, where it was redriven before;
  ///   `invalidArgument` where it is another workflow's.
  public func redrive(_ letter: Letter) async throws -> Run {
    guard let run = try await redrive([letter]).first else {
      throw TadweenError(
        .nothingToRedrive,
        "Stage \"\(letter.stage)\"\(letter.scope) of run \(letter.run) was redriven already: nothing was changed.",
        stage: letter.stage, run: letter.run)
    }
    return run
  }

  /// Does some of them again: those of one run in one step. What was redriven before is passed over.
  ///
  /// - Returns: The runs, each once, each with a completion of its own.
  public func redrive(_ letters: [Letter]) async throws -> [Run] {
    let engine = try workflow.engine
    for letter in letters { try engine.requireOwn(letter.origin, "A dead letter", of: letter.run) }
    var runs: [Run] = []
    for (ticket, ids) in Self.byRun(letters) {
      if let run = try await engine.redrive(ticket, ids) { runs.append(run) }
    }
    return runs
  }

  /// Does all that match again, a thousand at a time.
  ///
  /// What fails meanwhile may be among them, once; what fails again is not.
  public func redrive(allMatching filter: DeadLetterFilter) async throws -> [Run] {
    try await redrive(list(filter, limit: .max))
  }

  /// What a redrive of these would take back, were it done now. Nothing changes.
  public func plan(_ letters: [Letter]) async throws -> [Plan] {
    let engine = try workflow.engine
    for letter in letters { try engine.requireOwn(letter.origin, "A dead letter", of: letter.run) }
    var plans: [Plan] = []
    for (ticket, ids) in Self.byRun(letters) {
      let redrive = try await engine.inspection.previewRedrive(ticket, ids)
      if !redrive.isEmpty { plans.append(Plan(redrive, of: ticket.run, in: engine.graph)) }
    }
    return plans
  }

  /// The same for one.
  public func plan(_ letter: Letter) async throws -> Plan? { try await plan([letter]).first }

  /// The same for all that match.
  public func plan(allMatching filter: DeadLetterFilter) async throws -> [Plan] {
    try await plan(list(filter, limit: .max))
  }

  /// In the order in which the runs turn up.
  private static func byRun(_ letters: [Letter]) -> [(ticket: any RunTicket, ids: [DeadLetter.ID])] {
    var order: [any RunTicket] = []
    var ids: [RunID: [DeadLetter.ID]] = [:]
    for letter in letters {
      if ids[letter.run] == nil { order.append(letter.ticket) }
      ids[letter.run, default: []].append(letter.id)
    }
    return order.map { ($0, ids[$0.run] ?? []) }
  }
}

extension Workflow {
  /// What failed in its runs, to be looked at and done again.
  public var deadLetters: DeadLetters { DeadLetters(workflow: self) }
}

extension DeadLetters.Plan {
  init(_ redrive: Redrive, of run: RunID, in graph: WorkflowGraph) {
    func place(_ activation: Activation) -> Place {
      Place(stage: graph[activation.stage].name, scope: activation.scope)
    }
    self.run = run
    again = redrive.reopened.map(place)
    takenBack = redrive.takenBack.map(place)
    reopensRun = redrive.reopensRun
  }
}

extension Engine {
  /// The reading half of the broker.
  var inspection: any RunInspection {
    get throws {
      guard let inspection = broker as? any RunInspection else {
        throw TadweenError(
          .unsupported,
          "The broker of workflow \"\(name)\" cannot be asked for dead letters: it does not conform to RunInspection.")
      }
      return inspection
    }
  }

  func letter(_ stored: StoredDeadLetter) -> DeadLetters.Letter {
    let letter = stored.letter
    let activation = letter.id.activation
    return DeadLetters.Letter(
      run: letter.run, stage: graph[activation.stage].name, scope: activation.scope, failure: letter.failure,
      earlier: letter.earlier, attempts: letter.attempts, crashes: letter.crashes,
      generation: Int(letter.id.generation), input: payload(of: activation, letter.input, stored.ticket),
      failedAt: stored.failedAt, id: letter.id, ticket: stored.ticket, origin: identity)
  }

  /// Refuses what another workflow gave: in this one's graph it would stand for something else.
  func requireOwn(_ origin: WorkflowIdentity, _ what: String, of run: RunID) throws {
    if origin == identity { return }
    throw TadweenError(
      .invalidArgument,
      "\(what) of run \(run) was given by another workflow, \"\(origin.name)\": ask that one, and not \"\(name)\".",
      run: run)
  }

  /// What a stage's links make of what they brought; nil where a transform of theirs throws.
  func payload(_ key: DeliveryKey, _ input: Delivery.Input, _ ticket: any RunTicket) throws -> Payload {
    let delivery = Delivery(run: ticket.run, key: key, link: nil, input: input, ticket: ticket)
    return try stages[Int(key.activation.stage.index)].work.routing.payload(of: delivery)
  }

  func payload(of activation: Activation, _ input: Delivery.Input, _ ticket: any RunTicket) -> Payload? {
    try? payload(DeliveryKey(activation: activation), input, ticket)
  }
}
