import Logging
import TadweenCore
import TadweenTesting

@testable import Tadween

/// One random graph in one simulated world: several runs at once, of which the first may be cancelled, in a process that may
/// die.
struct SimulatedCourse: Sendable {
  struct Told: Sendable {
    /// What became of each run, and the script that it followed.
    var reports: [(RunReport, Script)] = []
    /// What is wrong that no oracle would notice.
    var problems: [String] = []
  }

  let script: Script
  let choices: [String]
  let witness: Witness
  private let seed: UInt64
  private let draft: GraphDraft
  private let options: [String: StageOptions]
  private let log = VisitLog()
  private let events = EventLog()
  private let companions: Int
  private let roundTrips: Bool
  private let maxRunsInFlight: Int?

  /// What is drawn for the whole workflow, beside what ``StageChoice`` draws for each stage.
  static let choices = ["run unit", "runs in flight"]

  init(seed: UInt64, _ draft: GraphDraft, _ script: Script) {
    var random = SplitMix64(seed: seed ^ 0x5eed)
    var draft = draft
    var options: [String: StageOptions] = [:]
    var choices: [String] = []
    for (index, stage) in draft.stages.enumerated() {
      let base = StageOptions(
        queueBound: stage.bound, retry: .custom { $0.error is Refusal ? .fail : .retry(after: .milliseconds(300)) },
        runsWhenCancelled: stage.runsWhenCancelled, keepsOutput: stage.keepsOutput)
      let drawn = StageChoice.draw(base, &random)
      options[stage.name] = drawn.options
      choices += drawn.names
      draft.stages[index].bound = drawn.options.queueBound
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      // Only one stage may demand such units, and none inside a map: an entry is in none.
      options[script.entry]?.demands.byResource["stash"] = .run(1)
      choices.append("run unit")
    }
    maxRunsInFlight = Int.random(in: 0..<5, using: &random) == 0 ? .random(in: 1...2, using: &random) : nil
    if maxRunsInFlight != nil { choices.append("runs in flight") }
    companions = .random(in: 0...3, using: &random)
    roundTrips = Int.random(in: 0..<8, using: &random) == 0
    witness = Witness(InMemoryBroker(roundTrip: roundTrips))
    self.seed = seed
    (self.draft, self.script, self.options, self.choices) = (draft, script, options, choices)
  }

  /// Where there are none, nothing cancels a branch.
  static func hasPolicies(_ seed: UInt64) -> Bool { seed % 2 == 0 }

  func run(in world: SimulatedWorld) async throws -> Told {
    // One that encodes has to be received from, which the simulation's own does not stand on.
    if roundTrips { return try await live(witness, world) }
    return try await world.restarting(over: witness) { try await live($0, world) }
  }

  /// The program: it finds its runs again where it has lived before.
  private func live(_ broker: some Broker, _ world: SimulatedWorld) async throws -> Told {
    let workflow = Workflow(
      name: "simulated", broker: broker, resources: ["cuda": ["cuda:0", "cuda:1"], "ram": 5, "stash": 2],
      maxRunsInFlight: maxRunsInFlight, onFailure: draft.cancelsRunOnFailure ? .cancelRun : .finishRun,
      logger: .silent)
    let wiring = Wiring(hasPolicies: Self.hasPolicies(seed)) { options[$0.name] ?? StageOptions() }
    try workflow.change("wire") { $0 = wiring.draft(draft, script, log) }
    try await workflow.build()
    let stream = workflow.events.makeAsyncIterator()
    let listener = Task(executorPreference: world.executor) { await events.read(stream) }
    let operators = Task(executorPreference: world.executor) { try await meddle(with: workflow, world) }
    defer { operators.cancel() }
    let told = try await withThrowingTaskGroup(of: Run.self) { group in
      for number in 1...max(companions, 1) where number <= companions {
        group.addTask { try await submit("companion \(number)", to: workflow) }
      }
      let run = try await submit("main", to: workflow)
      log.follow(run.id)
      try await cancel(run, world)
      return try await group.reduce(into: [run]) { $0.append($1) }
    }
    var result = Told()
    for (number, run) in told.enumerated() {
      result.reports.append(try report(try await run.end(), isMain: number == 0))
    }
    try await workflow.waitUntilIdle(timeout: .seconds(3_600))
    result.problems += try await leftovers(workflow, world)
    try await workflow.close(timeout: .seconds(3_600))
    await listener.value
    result.problems += events.problems
    return result
  }

  private func submit(_ id: String, to workflow: Workflow) async throws -> Run {
    try await workflow.submit(
      Payload(Wording.submission), to: script.entry, id: id, priority: id == "main" ? 0 : id.utf8.count % 3 - 1)
  }

  /// Pauses stages and changes the weather, until all is well for good.
  private func meddle(with workflow: Workflow, _ world: SimulatedWorld) async throws {
    for _ in 0..<20 {
      try await world.clock.sleep(for: .milliseconds(world.random(in: 50...2_000)))
      workflow.state.update { $0[.weather] = world.random(in: 0...1) == 0 ? .storm : .calm }
      let stage = draft.stages[world.random(in: 0...draft.stages.count - 1)].name
      try? world.random(in: 0...1) == 0 ? workflow.pause(stage, by: "an operator") : workflow.resume(stage)
    }
    workflow.state.update { $0[.weather] = .calm }
    for stage in draft.stages { try? workflow.resume(stage.name) }
  }

  private func cancel(_ run: Run, _ world: SimulatedWorld) async throws {
    guard let limit = script.cancelAfter else { return }
    while log.visits(of: run.id).count < limit, run.outcome == nil {
      try await world.clock.sleep(for: .milliseconds(world.random(in: 1...400)))
    }
    log.cancelled()
    try await run.cancel()
  }

  /// An activation that ran and came to nothing, because its run was cancelled before its next attempt, counts as one that
  /// never ran: nobody has heard of it.
  private func report(_ end: RunEnd, isMain: Bool) throws -> (RunReport, Script) {
    var report = try RunReport(of: end, draft)
    let inputs = Dictionary(grouping: log.visits(of: end.run), by: \.place)
    for (place, ended) in witness.ends(of: end.run).sorted(by: { $0.key < $1.key }) where ended != .cancelled {
      let given = Set((inputs[place] ?? []).map(\.input))
      for input in given.isEmpty ? [nil] : given { report.visits.append(.init(place, input: input)) }
    }
    report.cancelRequested = isMain && log.wasCancelled
    var script = script
    if !isMain { script.cancelAfter = nil }
    return (report, script)
  }

  /// What is still in the queues once all that came late has been dropped.
  private func leftovers(_ workflow: Workflow, _ world: SimulatedWorld) async throws -> [String] {
    let stages = try workflow.engine.stages
    func rest() -> [String] {
      stages.compactMap { stage in
        let (waiting, running) = stage.load
        let publishers = stage.waitingPublishers
        if waiting + running + publishers > 0 {
          return "\(stage.name) still has \(waiting) waiting, \(running) running, \(publishers) who wait for room"
        }
        return stage.hasRoom ? nil : "\(stage.name) is empty and has no room"
      }
    }
    func held() -> [String] {
      workflow.resources.filter { $0.free != $0.units || !$0.holders.isEmpty }
        .map { "\($0.free) of \($0.units) \($0.name) are free; the others are held by \($0.holders.map(\.stage))" }
    }
    for _ in 0..<60 where !(rest() + held()).isEmpty { try await world.clock.sleep(for: .seconds(10)) }
    return rest() + held()
  }
}

/// What a listener of the whole workflow is told.
private final class EventLog: Sendable {
  private struct State {
    var ends: [WorkflowEvent.Place: Int] = [:]
    var complete: [RunID: Int] = [:]
  }

  private let state = Locked(State())

  func read(_ events: WorkflowEvents.Iterator) async {
    var events = events
    while let event = await events.next() {
      state.withLock { state in
        switch event {
        case .succeeded(let place), .failed(let place, _), .notTaken(let place), .cancelled(let place):
          state.ends[place, default: 0] += 1
        case .completed(let run, _): state.complete[run, default: 0] += 1
        default: break
        }
      }
    }
  }

  var problems: [String] {
    state.withLock { state in
      state.ends.filter { $0.value > 1 }.map { "the end of \($0.key.stage)\($0.key.scope) was told \($0.value) times" }
        + state.complete.filter { $0.value > 1 }.map { "run \($0.key) was told complete \($0.value) times" }
    }.sorted()
  }
}
