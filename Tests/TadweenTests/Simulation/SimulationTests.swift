import Tadween
import TadweenTesting
import Testing

/// Same seed, same course of events; another seed, another one; and no real time.
@Suite struct SimulationTests {
  /// A diamond over bounded queues with threads, retries and a deadline; what happens in it, line by line.
  private static func story(_ world: SimulatedWorld) async throws -> [String] {
    let journal = Journal()
    let workflow = Workflow(name: "story", broker: world.broker())
    let options = StageOptions(
      taskQueue: .concurrent(2), queueBound: 2, retry: .exponential(maxAttempts: 20), timeout: .seconds(30))
    let split = try workflow.addStage("split", options: options) { (number: Int) in number }
    let left = try workflow.addStage("left", options: .init(taskQueue: .threads(2), retry: options.retry)) {
      (number: Int) in number + 1
    }
    let right = try workflow.addStage("right", options: options) { (number: Int) in number * 2 }
    let both = try workflow.addStage("both", options: options) { (number: Int) in number }
    try workflow.link(split, to: left)
    try workflow.link(split, to: right)
    try workflow.join(left, right, into: both) { $0 + $1 }
    try await workflow.build()
    let events = workflow.events.makeAsyncIterator()
    let listener = Task(executorPreference: world.executor) {
      var events = events
      while let event = await events.next() { journal.write("\(world.clock.now.offset) \(event)") }
    }
    let runs = try await workflow.submit(contentsOf: 0..<8, to: split)
    for (number, run) in runs.enumerated() { #expect(try await run.output(of: both) == 3 * number + 1) }
    try await workflow.close(timeout: .seconds(600))
    await listener.value
    return journal.lines
  }

  @Test func aSeedRepeatsItselfAndAnotherOneDoesNot() async throws {
    var stories: Set<[String]> = []
    var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    for seed in 0..<200 as Range<UInt64> {
      let first = try await Simulation(seed: seed, faults: .all).run(Self.story)
      let second = try await Simulation(seed: seed, faults: .all).run(Self.story)
      #expect(first == second, "seed \(seed) took another course")
      #expect(first.count > 8 * 8)
      stories.insert(first)
      for byte in first.joined().utf8 { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
    print("simulation: \(stories.count) courses of events for 200 seeds, each repeated; fingerprint \(fingerprint)")
    #expect(stories.count >= 190)
  }
}

extension SimulationTests {
  @Test func timePassesWithoutTakingAny() async throws {
    let start = ContinuousClock.now
    let elapsed = try await Simulation(seed: 1, faults: .none).run { world in
      let workflow = Workflow(name: "slow", broker: .inMemory)
      let nap = try workflow.addStage("nap", options: .init(timeout: .seconds(7_200))) { (hours: Int) in
        try await world.clock.sleep(for: .seconds(3_600 * hours))
      }
      try await workflow.build()
      try await workflow.submit(1, to: nap).completion()
      let late = try await workflow.submit(3, to: nap)
      await #expect(throws: TadweenError.self) { try await late.completion() }
      try await workflow.close()
      return world.clock.now.offset
    }
    #expect(elapsed == .seconds(3_600 + 7_200))
    #expect(start.duration(to: .now) < elapsed)
  }

  /// What waits for ever is told, whatever it waits for.
  @Test func aBodyThatCannotEndIsTold() async throws {
    var simulation = Simulation(seed: 3)
    simulation.patience = .milliseconds(20)
    let stuck = await #expect(throws: Simulation.Failure.self) {
      try await simulation.run { _ in await Wall().stand() }
    }
    #expect(stuck?.seed == 3)
    #expect(stuck?.reason.contains("nothing can go on any more") == true)
    simulation.steps = 1_000
    let endless = await #expect(throws: Simulation.Failure.self) {
      try await simulation.run { world in while !Task.isCancelled { try? await world.clock.sleep(for: .seconds(1)) } }
    }
    #expect(endless?.reason.contains("does not come to an end") == true)
  }

  /// What leaves the world is waited for, for a while.
  @Test func whatIsOutsideMayComeBack() async throws {
    var simulation = Simulation(seed: 4)
    // How long it takes is the machine's affair.
    simulation.patience = .seconds(50)
    let number = try await simulation.run { _ in
      await Task.detached {
        await Task.yield()
        return 42
      }.value
    }
    #expect(number == 42)
  }
}

extension SimulationTests {
  /// Concurrent stages, stages with threads, deadlines, the engine itself: all on the world's one thread.
  @Test func everythingRunsOnOneThread() async throws {
    let threads = Locked<Set<String>>([])
    try await Simulation(seed: 6).run { world in
      @Sendable func note() { _ = threads.withLock { $0.insert(currentThread()) } }
      note()
      let workflow = Workflow(name: "one thread", broker: world.broker())
      let policy = StagePolicyBuilder<Int, Int>().onSuccess { _, _, _ in note() }.afterCommit { _, _ in note() }
      let first = try workflow.addStage("first", policy: policy, options: .init(taskQueue: .threads(2))) { number in
        note()
        return number
      }
      let second = try workflow.addStage(
        "second", options: .init(taskQueue: .concurrent(2), queueBound: 1, timeout: .seconds(60))
      ) { (number: Int) in
        note()
        async let child: Void = note()
        await child
      }
      try workflow.link(first, to: second)
      try await workflow.build()
      note()
      for run in try await workflow.submit(contentsOf: 0..<5, to: first) { try await run.completion() }
      try await workflow.close()
      note()
    }
    #expect(threads.withLock { $0.count } == 1)
  }

  @Test func aCancelledTestStopsItsSimulation() async throws {
    let journal = Journal()
    let test = Task {
      try await Simulation(seed: 7).run { world in
        while true {
          try await world.clock.sleep(for: .seconds(1))
          journal.write("tick")
        }
      }
    }
    try await journal.wait(for: "tick")
    test.cancel()
    await #expect(throws: (any Error).self) { try await test.value }
  }
}
