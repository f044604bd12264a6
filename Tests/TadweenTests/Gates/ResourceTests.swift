import TadweenTesting
import Testing

@testable import Tadween

/// Rule R15: what is scarce is held by those who were granted it, and by nobody who waits.
@Suite("R15: resources", .timeLimit(.minutes(1))) struct ResourceTests {
  private func workflow(
    _ resources: Resources, _ broker: BrokerKind = .inMemory, clock: any Clock<Duration> = ContinuousClock()
  ) -> Workflow { Workflow(name: "test", broker: broker.make(), resources: resources, clock: clock) }

  @Test("no more attempts run than there are units, whichever stages they are of", arguments: BrokerKind.allCases)
  func limit(_ kind: BrokerKind) async throws {
    let crowd = Usage()
    let workflow = workflow(["cuda": 2, "ram": 10], kind)
    let demands: [Demands] = [["cuda": 1, "ram": 4], ["cuda": 2], ["cuda": 1, "ram": 6]]
    for (index, demands) in demands.enumerated() {
      let options = StageOptions(taskQueue: .concurrent(3), demands: demands)
      try workflow.addStage("\(index)", options: options) { (n: Int, context: HandlerContext) in
        #expect(context.units["cuda"] == demands.byResource["cuda"]?.units)
        crowd.enter(context.units["cuda"] ?? 0)
        await Task.yield()
        crowd.leave(context.units["cuda"] ?? 0)
        return n
      }
      if index > 0 { try workflow.link("\(index - 1)", to: "\(index)") }
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<200)
    for run in runs { try await run.completion() }
    #expect(crowd.peak == 2)
    #expect(workflow.resources.allSatisfy { $0.free == $0.units && $0.holders.isEmpty })
    try await workflow.close()
  }

  @Test("a handler is told which units it got, and they come back when it has returned, however it returns")
  func names() async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = workflow(["cuda": ["cuda:0", "cuda:1"]])
    let policy = StagePolicyBuilder<Int, Int>()
      .onError { _, _, _ in journal.write("error: \(workflow.resources[0].free) free") }
      .onSuccess { _, _, _ in journal.write("success: \(workflow.resources[0].free) free") }
    let options = StageOptions(taskQueue: .concurrent(2), demands: ["cuda": 1])
    try workflow.addStage("asr", policy: policy, options: options) { (n: Int, context: HandlerContext) in
      journal.write("got \(context.units(named: "cuda"))")
      try await gate.pass()
      if n == 1 { throw Trouble("no") }
      return n
    }
    try await workflow.build()
    let first = try await workflow.submit(0)
    await gate.arrivals(1)
    let second = try await workflow.submit(1)
    await gate.arrivals(2)
    let cuda = workflow.resources[0]
    #expect(cuda.name == "cuda" && cuda.units == 2 && cuda.free == 0)
    #expect(cuda.holders.map(\.stage) == ["asr", "asr"])
    #expect(cuda.holders.map(\.run) == [first.id, second.id])
    #expect(cuda.holders.map(\.names) == [["cuda:0"], ["cuda:1"]])
    gate.open()
    _ = try await first.end()
    _ = try await second.end()
    #expect(Set(journal.lines.prefix(2)) == [#"got ["cuda:0"]"#, #"got ["cuda:1"]"#])
    // Free before the hooks: the last of them sees both.
    #expect(journal.lines.dropFirst(2).allSatisfy { $0.hasSuffix("1 free") || $0.hasSuffix("2 free") })
    #expect(workflow.resources[0].free == 2)
    try await workflow.close()
  }

  @Test("what waits for units keeps no worker, and holds none of the others it needs")
  func holdsNothing() async throws {
    let (gate, wall) = (Gate(), Gate())
    let workflow = workflow(["a": 1, "b": 1])
    let options = StageOptions(taskQueue: .concurrent(1), demands: ["a": 1])
    try workflow.addStage("holder", options: options) { (_: Int) in try await gate.pass() }
    try workflow.addStage("both", options: .init(taskQueue: .concurrent(1), demands: ["a": 1, "b": 1])) { (n: Int) in n
    }
    try workflow.addStage("other", options: .init(demands: ["b": 1])) { (_: Int) in try await wall.pass() }
    try await workflow.build()
    let held = try await workflow.submit(1, to: "holder")
    await gate.arrivals(1)
    let waiting = try await workflow.submit(1, to: "both")
    let other = try await workflow.submit(1, to: "other")
    await wall.arrivals(1)
    wall.open()
    try await other.completion()
    await eventually { (try? workflow.engine.stages[1].load) ?? (0, 0) == (1, 0) }
    gate.open()
    try await held.completion()
    try await waiting.completion()
    try await workflow.close()
  }

  @Test("a unit for the run is held until the run is complete", arguments: BrokerKind.allCases)
  func runUnits(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = workflow(["stash": 2], kind)
    let load = try workflow.addStage("load", options: .init(queueBound: 1, demands: ["stash": .run(1)])) {
      (n: Int, context: HandlerContext) in
      journal.write("load \(n) \(context.units["stash"] ?? 0)")
      return n
    }
    let work = try workflow.addStage("work", options: .init(taskQueue: .concurrent(4))) { (_: Int) in
      try await gate.pass()
    }
    try workflow.link(load, to: work)
    try await workflow.build()
    // What waits for a run's unit does not count in the bound, so that all of them can be submitted.
    let runs = try await workflow.submit(contentsOf: 0..<5)
    await gate.arrivals(2)
    await eventually { (try? workflow.engine.stages[0].load) ?? (0, 0) == (3, 0) }
    #expect(journal.lines == ["load 0 1", "load 1 1"])
    #expect(workflow.resources[0].holders.map(\.scope) == [nil, nil])
    gate.open()
    for run in runs { try await run.completion() }
    // An end may be heard of a moment before its units are back.
    try await workflow.waitUntilIdle()
    #expect(workflow.resources[0].free == 2)
    try await workflow.close()
  }

  @Test("a run's unit is kept through a retry", arguments: BrokerKind.allCases)
  func runUnitsAndRetry(_ kind: BrokerKind) async throws {
    let workflow = workflow(["stash": 1], kind)
    let load = try workflow.addStage(
      "load", options: .init(demands: ["stash": .run(1)], retry: .fixed(.zero, maxAttempts: 3))
    ) { (n: Int, context: HandlerContext) in
      if context.attempt < 3 { throw Trouble("no") }
      return n
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3)
    for (n, run) in runs.enumerated() { #expect(try await run.output(of: load) == n) }
    try await workflow.close()
  }

  @Test("a handler that ignores its deadline keeps its units until it returns")
  func stuck() async throws {
    let (wall, clock) = (Wall(), TestClock())
    let workflow = workflow(["cuda": 1], clock: clock)
    let options = StageOptions(taskQueue: .concurrent(2), demands: ["cuda": 1], timeout: .seconds(1))
    try workflow.addStage("asr", options: options) { (n: Int) in if n == 0 { await wall.stand() } }
    try await workflow.build()
    let stuck = try await workflow.submit(0)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    let end = try await stuck.end()
    guard case .failed = end.outcome else { return #expect(Bool(false), "\(end)") }
    let next = try await workflow.submit(1)
    await eventually { (try? workflow.engine.stages[0].load) ?? (0, 0) == (1, 1) }
    #expect(workflow.resources[0].free == 0)
    wall.tearDown()
    try await next.completion()
    #expect(workflow.resources[0].free == 1)
    try await workflow.close()
  }

  @Test("a run that is cancelled while it waits for units is complete at once, and frees the way")
  func cancelled() async throws {
    let gate = Gate()
    let workflow = workflow(["cuda": 2])
    try workflow.addStage("small", options: .init(demands: ["cuda": 1])) { (_: Int) in try await gate.pass() }
    try workflow.addStage("big", options: .init(demands: ["cuda": 2])) { (n: Int) in n }
    try workflow.addStage("late", options: .init(demands: ["cuda": 1])) { (n: Int) in n }
    try await workflow.build()
    let holder = try await workflow.submit(0, to: "small")
    await gate.arrivals(1)
    let big = try await workflow.submit(0, to: "big")
    await eventually { (try? workflow.engine.stages[1].load) ?? (0, 0) == (1, 0) }
    try await big.cancel()
    #expect(try await big.end().outcome == .cancelled)
    for _ in 0..<40 { try await workflow.submit(1, to: "late").completion() }
    gate.open()
    try await holder.completion()
    try await workflow.close()
  }

  @Test("no more than sixteen grants pass the oldest that waits")
  func overtaking() async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = workflow(["cuda": 2])
    try workflow.addStage("holder", options: .init(demands: ["cuda": 1])) { (_: Int) in try await gate.pass() }
    try workflow.addStage("big", options: .init(demands: ["cuda": 2])) { (_: Int) in journal.write("big") }
    try workflow.addStage("small", options: .init(demands: ["cuda": 1])) { (_: Int) in journal.write("small") }
    try await workflow.build()
    let holder = try await workflow.submit(0, to: "holder")
    await gate.arrivals(1)
    let big = try await workflow.submit(0, to: "big")
    await eventually { (try? workflow.engine.stages[1].load) ?? (0, 0) == (1, 0) }
    let small = try await workflow.submit(contentsOf: 0..<100, to: "small")
    try await journal.wait(for: "small", times: 16)
    await eventually { (try? workflow.engine.stages[2].load) ?? (0, 0) == (84, 0) }
    #expect(journal.lines == Array(repeating: "small", count: 16))
    gate.open()
    for run in [holder, big] + small { try await run.completion() }
    #expect(journal.lines[16] == "big")
    try await workflow.close()
  }
}

/// How much is held at once.
private final class Usage: Sendable {
  private let state = Locked((now: 0, peak: 0))
  var peak: Int { state.withLock { $0.peak } }

  func enter(_ units: Int) {
    state.withLock { state in
      state.now += units
      state.peak = max(state.peak, state.now)
    }
  }
  func leave(_ units: Int) { state.withLock { $0.now -= units } }
}
