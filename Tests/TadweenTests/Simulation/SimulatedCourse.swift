import Logging
import TadweenCore

@testable import Tadween
@testable import TadweenSQLite
@testable import TadweenTesting

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
  let draft: GraphDraft
  /// How often somebody ends what waits at some stage.
  let cuts: Int
  private let seed: UInt64
  private let options: [String: StageOptions]
  private let log = VisitLog()
  private let events = EventLog()
  private let companions: Int
  private let roundTrips: Bool
  private let maxRunsInFlight: Int?

  /// What is drawn for the whole workflow, beside what ``StageChoice`` draws for each stage.
  static let choices = ["run unit", "runs in flight", "cancelled while waiting"]

  init(seed: UInt64, _ draft: GraphDraft, _ script: Script) {
    var random = SplitMix64(seed: seed ^ 0x5eed)
    var draft = draft
    var options: [String: StageOptions] = [:]
    var choices: [String] = []
    for (index, stage) in draft.stages.enumerated() {
      let base = StageOptions(
        queueBound: stage.bound, retry: StageChoice.untilRefused,
        runsWhenCancelled: stage.runsWhenCancelled, keepsOutput: stage.keepsOutput)
      let drawn = StageChoice.draw(base, &random)
      options[stage.name] = drawn.options
      choices += drawn.names
      draft.stages[index].bound = drawn.options.queueBound
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      // Only one stage may demand such units, and none inside a map: an entry is in none.
      options[script.entry]?.demands.byResource["stash"] = .run(1)
      // A batch is of several runs.
      options[script.entry]?.batch = nil
      choices.append("run unit")
    }
    maxRunsInFlight = Int.random(in: 0..<5, using: &random) == 0 ? .random(in: 1...2, using: &random) : nil
    if maxRunsInFlight != nil { choices.append("runs in flight") }
    cuts = Int.random(in: 0..<3, using: &random) == 0 ? .random(in: 1...4, using: &random) : 0
    if cuts > 0 { choices.append("cancelled while waiting") }
    companions = .random(in: 0...3, using: &random)
    roundTrips = Int.random(in: 0..<8, using: &random) == 0
    witness = Witness(InMemoryBroker(roundTrip: roundTrips), draft)
    self.seed = seed
    (self.draft, self.script, self.options, self.choices) = (draft, script, options, choices)
  }

  /// Where there are none, nothing cancels a branch.
  static func hasPolicies(_ seed: UInt64) -> Bool { seed % 2 == 0 }

  /// - Parameter store: nil: in memory.
  func run(in world: SimulatedWorld, over store: DurableStore?) async throws -> Told {
    if let store { return try await run(in: world, over: store) }
    // One that encodes has to be received from, which the simulation's own does not stand on.
    if roundTrips { return try await live(witness, world) }
    return try await world.restarting(over: witness) { try await live($0, world) }
  }

  /// As often as its processes die, the next one goes on with the file.
  private func run(in world: SimulatedWorld, over store: DurableStore) async throws -> Told {
    defer { store.remove() }
    var told = try await live(in: world, over: store)
    told.problems += try await store.problems(of: witness)
    return told
  }

  private func live(in world: SimulatedWorld, over store: DurableStore) async throws -> Told {
    // Some die so soon that it is often the same work that runs. Once more than any work survives.
    let longestLife = world.flip() ? 2 : 12
    for _ in 0...RunLedger.crashesSurvived {
      guard world.draws(.crashed) else { break }
      let file = store.broker()
      witness.use(file)
      let life = Locked<Task<Told, any Error>?>(nil)
      let broker = MortalBroker(
        witness, commitsToLive: world.random(in: 1...longestLife), isStoredAtDeath: world.flip()
      ) {
        world.note(.crashed)
        witness.processDies()
        file.abandon()
        life.withLock { $0 }?.cancel()
      }
      // A task of its own, for its death must not be its caller's.
      let task = Task(executorPreference: world.executor) { try await live(broker, world) }
      life.withLock { $0 = task }
      let told = await task.result
      guard broker.isDead else { return try told.get() }
    }
    witness.use(store.broker())
    return try await live(witness, world)
  }

  /// The program: it finds its runs again where it has lived before.
  private func live(_ broker: some Broker, _ world: SimulatedWorld) async throws -> Told {
    let workflow = Workflow(
      name: "simulated", broker: broker, resources: ["cuda": ["cuda:0", "cuda:1"], "ram": 5, "stash": 2],
      maxRunsInFlight: maxRunsInFlight, onFailure: draft.cancelsRunOnFailure ? .cancelRun : .finishRun,
      logger: .silent)
    var wiring = Wiring(hasPolicies: Self.hasPolicies(seed)) { options[$0.name] ?? StageOptions() }
    wiring.amendment = { [witness] in witness.amendment($0, $1) }
    wiring.batches = options.compactMapValues(\.batch)
    wiring.noteBatch = { [witness] in witness.count($0 > 1 ? "batches of several" : "batches of one") }
    try workflow.change("wire") { $0 = wiring.draft(draft, script, log) }
    try await workflow.build()
    let stream = workflow.events.makeAsyncIterator()
    let listener = Task(executorPreference: world.executor) { await events.read(stream) }
    let operators = Operators(of: workflow, in: world, witness, draft)
    let deciding = Task(executorPreference: world.executor) { try await operators.decide() }
    let meddling = Task(executorPreference: world.executor) { try await operators.meddle(cuts: cuts) }
    let redoing = Task(executorPreference: world.executor) { try await operators.redrive() }
    defer { for task in [deciding, meddling, redoing] { task.cancel() } }
    let runs = try await withThrowingTaskGroup(of: Run.self) { group in
      for number in 1...max(companions, 1) where number <= companions {
        group.addTask { try await submit("companion \(number)", to: workflow) }
      }
      let run = try await submit("main", to: workflow)
      log.follow(run.id)
      try await cancel(run, world)
      return try await group.reduce(into: [run]) { $0.append($1) }
    }
    for run in runs { _ = try await run.end() }
    try await meddling.value
    try await redoing.value
    var result = Told()
    var last: [RunEnd] = []
    for run in runs { last.append(try await operators.redoWhatFailed(of: run)) }
    for chapter in witness.chapters + last.map({ witness.story(of: $0.run).chapter($0) }) {
      try tell(chapter, isMain: chapter.end.run == runs[0].id, &result)
    }
    try await workflow.waitUntilIdle(timeout: .seconds(3_600))
    result.problems += try await leftovers(workflow, world)
    deciding.cancel()
    try await workflow.close(timeout: .seconds(3_600))
    await listener.value
    result.problems += events.problems + witness.problems
    return result
  }

  private func submit(_ id: String, to workflow: Workflow) async throws -> Run {
    try await workflow.submit(
      Payload(Wording.submission), to: script.entry, id: id, priority: id == "main" ? 0 : id.utf8.count % 3 - 1)
  }

  private func cancel(_ run: Run, _ world: SimulatedWorld) async throws {
    guard let limit = script.cancelAfter else { return }
    while log.visits(of: run.id).count < limit, run.outcome == nil {
      try await world.clock.sleep(for: .milliseconds(world.random(in: 1...400)))
    }
    try await run.cancel()
  }

  /// An activation that ran and came to nothing, because its run was cancelled before its next attempt, counts as one that
  /// never ran: nobody has heard of it.
  private func tell(_ chapter: Story.Chapter, isMain: Bool, _ told: inout Told) throws {
    var report = try RunReport(of: chapter.end, draft)
    for (place, ended) in chapter.ends.sorted(by: { $0.key < $1.key }) where ended.end != .cancelled {
      let given = log.inputs(of: chapter.end.run, place, generation: ended.key.generation)
      for input in given.isEmpty ? [nil] : given { report.visits.append(.init(place, input: input)) }
    }
    report.cancelRequested = chapter.cancelRequested
    let failed = chapter.ends.filter { $0.value.end == .failed }.map(\.key).sorted()
    let heard = (report.failures + (report.absorbed ?? [])).sorted()
    if failed != heard { told.problems.append("\(failed) failed, and the run's end tells of \(heard)") }
    guard chapter.isExact else { return witness.count("rounds with a join that stayed fired") }
    witness.count("rounds compared with the oracle")
    var script = script.amended(chapter.amendments)
    if !isMain { script.cancelAfter = nil }
    told.reports.append((report, script))
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
