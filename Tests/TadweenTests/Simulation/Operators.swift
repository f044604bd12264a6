import TadweenCore

@testable import Tadween
@testable import TadweenTesting

/// Whoever looks after a workflow, and acts when it pleases the world.
struct Operators: Sendable {
  private let workflow: Workflow
  private let world: SimulatedWorld
  private let witness: Witness
  private let draft: GraphDraft
  /// How often a run is redriven at most.
  private static let patience = 3

  init(of workflow: Workflow, in world: SimulatedWorld, _ witness: Witness, _ draft: GraphDraft) {
    (self.workflow, self.world, self.witness, self.draft) = (workflow, world, witness, draft)
  }

  private func oneIn(_ sides: Int) -> Bool { world.random(in: 1...sides) == 1 }

  private func pause(upTo limit: Int) async throws {
    try await world.clock.sleep(for: .milliseconds(world.random(in: 50...limit)))
  }

  /// Pauses stages, changes the weather, and ends what waits somewhere, until all is well for good.
  func meddle(cuts: Int) async throws {
    var cuts = cuts
    for _ in 0..<20 {
      try await pause(upTo: 2_000)
      workflow.state.update { $0[.weather] = oneIn(2) ? .storm : .calm }
      let stage = draft.stages[world.random(in: 0...draft.stages.count - 1)].name
      try? oneIn(2) ? workflow.pause(stage, by: "an operator") : workflow.resume(stage)
      let crowded = try workflow.engine.stages.filter { $0.load.waiting > 0 }
      guard cuts > 0, !crowded.isEmpty else { continue }
      cuts -= 1
      try await cancelWaiting(at: crowded[world.random(in: 0...crowded.count - 1)].name)
    }
    workflow.state.update { $0[.weather] = .calm }
    for stage in draft.stages { try? workflow.resume(stage.name) }
  }

  private func cancelWaiting(at stage: String) async throws {
    witness.state.withLock { $0.cutting[stage, default: 0] += 1 }
    defer { witness.state.withLock { $0.cutting[stage, default: 0] -= 1 } }
    let before = witness.counts["ended while they waited", default: 0]
    let count = try await workflow.cancelWaiting(at: stage)
    let seen = witness.counts["ended while they waited", default: 0] - before
    if count > seen { world.complain("\(count) were cancelled at \(stage), and \(seen) ended so") }
  }

  /// Decides about what is parked, in its own time, until it is cancelled. What it leaves alone fails at its deadline.
  func decide() async throws {
    while true {
      try await pause(upTo: 8_000)
      for item in try await workflow.parked.list() where !oneIn(4) {
        // It thinks; the world goes on.
        if oneIn(2) { try await pause(upTo: 2_000) }
        let place = Place(item.stage, item.scope.indices)
        let work = WorkID(run: item.run, activation: item.parked.key.activation)
        witness.state.withLock { _ = $0.deciding.insert(work) }
        defer { witness.state.withLock { _ = $0.deciding.remove(work) } }
        do {
          try await workflow.parked.decide(item, decision(about: place))
        } catch let error as TadweenError where error.code == .nothingToRedrive {
        }
      }
    }
  }

  private func decision(about place: Place) -> ParkedWork.Decision {
    switch world.random(in: 0...9) {
    case 0...2: .retry
    case 3...4: .skip
    case 5...7: .substitute(value: Tagged(place: place, text: "in the place of \(place)"))
    default: .fail
    }
  }

  /// Redrives what failed here and there, and cancels a run at times, redriven or not, while others go on.
  func redrive() async throws {
    for _ in 0..<8 {
      try await pause(upTo: 4_000)
      if oneIn(8), let ticket = anyRun { try await run(ticket).cancel() }
      let letters = try await workflow.deadLetters.list()
      guard !letters.isEmpty, !oneIn(3) else { continue }
      let letter = letters[world.random(in: 0...letters.count - 1)]
      if mayRedrive(letter.run) { try await redrive(letter) }
    }
  }

  private var anyRun: (any RunTicket)? {
    let tickets = witness.state.withLock { $0.tickets.values.sorted { $0.run.low < $1.run.low } }
    return tickets.isEmpty ? nil : tickets[world.random(in: 0...tickets.count - 1)]
  }

  private func mayRedrive(_ run: RunID) -> Bool { witness.story(of: run).redrives < Self.patience }

  /// One failure, or all that there is of its run. Somebody else may have been quicker.
  private func redrive(_ letter: DeadLetters.Letter) async throws {
    do {
      if oneIn(3) {
        _ = try await run(letter.ticket).redrive()
      } else {
        _ = try await workflow.deadLetters.redrive(letter)
      }
    } catch let error as TadweenError where error.code == .nothingToRedrive {
    }
  }

  private func run(_ ticket: any RunTicket) throws -> Run {
    Run(engine: try workflow.engine, ticket: ticket, round: ticket.round)
  }

  /// Redrives a run that failed once at least, and one that was cancelled at times.
  ///
  /// - Returns: Its last end.
  func redoWhatFailed(of first: Run) async throws -> RunEnd {
    while true {
      let run = try run(first.ticket)
      let end = try await run.end()
      let redrives = witness.story(of: run.id).redrives
      switch end.outcome {
      case .failed where redrives == 0 || (mayRedrive(run.id) && oneIn(2)):
        let letters = try await workflow.deadLetters.list(.init(run: run.id))
        if letters.isEmpty { world.complain("run \(run.id) failed and has no dead letter") }
        guard !letters.isEmpty else { return end }
        try await redrive(letters[world.random(in: 0...letters.count - 1)])
      case .cancelled where mayRedrive(run.id) && oneIn(3): _ = try await run.redrive()
      default: return end
      }
    }
  }
}
