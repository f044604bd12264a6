import TadweenTesting
import Testing

@testable import Tadween

extension StateKey where Value == Bool {
  fileprivate static let held = StateKey("held", default: false)
}

/// Rule R18: whatever does not go on says why, as a value and as a sentence.
@Suite("R18: every wait has a reason", .timeLimit(.minutes(1))) struct ExplainTests {
  private let gate = Gate()
  private let clock = TestClock()

  /// Builds a workflow, submits to its first stage, and waits until the run says this of itself.
  private func expect(
    _ wanted: @escaping (Wait) -> Bool, _ sentence: String, resources: Resources = [:], payload: Int = 0,
    others: Int = 0,
    draw: (Workflow) throws -> Void, before: (Workflow) async throws -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let workflow = Workflow(name: "test", resources: resources, clock: clock)
    try draw(workflow)
    try await workflow.build()
    try await before(workflow)
    let runs = try await workflow.submit(contentsOf: Array(repeating: payload, count: others + 1), to: "a")
    let run = runs[others]
    await eventually { ((try? workflow.explain(run)) ?? []).contains(where: wanted) }
    let waits = try workflow.explain(run)
    let wait = try #require(waits.first(where: wanted), sourceLocation: sourceLocation)
    #expect(wait.run == run.id && waits.count == 1, "\(waits)", sourceLocation: sourceLocation)
    #expect(wait.description.contains(sentence), "\(wait)", sourceLocation: sourceLocation)
    if wait.reason != .running {
      let all = try workflow.explain()
      #expect(all.contains { "\($0.reason)" == "\(wait.reason)" }, "\(all)", sourceLocation: sourceLocation)
    }
    gate.open()
    clock.advance(by: .seconds(1_000))
    workflow.state.update { $0[.held] = false }
    try workflow.resume("a")
    for run in runs { _ = try await run.end() }
    #expect(try workflow.explain(run).isEmpty && workflow.explain().isEmpty, sourceLocation: sourceLocation)
    try await workflow.close()
  }

  @Test func aRunningHandler() async throws {
    try await expect({ $0.reason == .running }, "\"a\" runs.") { workflow in
      try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    }
  }

  @Test func aWorker() async throws {
    try await expect({ $0.reason == .worker(of: 2) }, "one of 2 workers, which are busy", others: 2) { workflow in
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(2))) { (_: Int) in try await gate.pass() }
    }
  }

  @Test(arguments: [true, false]) func aPause(hasGates: Bool) async throws {
    try await expect(
      { $0.reason == .paused(by: "the night shift") }, "which the night shift has paused", resources: ["cuda": 1]
    ) { workflow in
      try workflow.addStage("a", options: .init(demands: hasGates ? ["cuda": 1] : .none)) { (n: Int) in n }
    } before: {
      try $0.pause("a", by: "the night shift")
    }
  }

  @Test func aKey() async throws {
    try await expect({ $0.reason == .key("x") }, "others of the key \"x\"", others: 1) { workflow in
      let key = ConcurrencyKey { (_: Int) in "x" }
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(2), concurrencyKey: key)) { (_: Int) in
        try await gate.pass()
      }
    }
  }

  @Test func aRate() async throws {
    try await expect({ $0.reason == .rate(for: .seconds(60)) }, "rate limit, for 60.0 seconds", others: 1) { workflow in
      try workflow.addStage("a", options: .init(rate: RateLimit(1, per: .seconds(60)))) { (n: Int) in n }
    }
  }

  @Test func thePredicate() async throws {
    try await expect({ $0.reason == .state(since: .zero) }, "shared state to change") { workflow in
      workflow.state.update { $0[.held] = true }
      try workflow.addStage("a", options: .init(deferral: Deferral(while: { $0[.held] }))) { (n: Int) in n }
    }
  }

  @Test func units() async throws {
    var held: Run?
    try await expect(
      { wait in
        guard case .units(let shortages) = wait.reason, let shortage = shortages.first else { return false }
        return shortage.resource == "cuda" && shortage.wanted == 2 && shortage.free == 1 && shortage.units == 2
          && shortage.holders.map(\.stage) == ["b"] && shortage.holders.map(\.run) == [held?.id]
      }, "2 of \"cuda\", of which 1 of 2 are free; the others are held by \"b\" of run", resources: ["cuda": 2]
    ) { workflow in
      try workflow.addStage("a", options: .init(demands: ["cuda": 2])) { (n: Int) in n }
      try workflow.addStage("b", options: .init(demands: ["cuda": 1])) { (_: Int) in try await gate.pass() }
    } before: { workflow in
      held = try await workflow.submit(0, to: "b")
      await gate.arrivals(1)
    }
  }

  @Test func aBatch() async throws {
    try await expect(
      { $0.reason == .batch(gathered: 1, of: 3, for: .seconds(5)) }, "1 of 3 are there, and it begins in 5.0 seconds"
    ) { workflow in
      try workflow.addStage("a", batch: Echo(), BatchWindow(upTo: 3, within: .seconds(5)))
    }
  }

  @Test func aRetry() async throws {
    try await expect({ $0.reason == .retry(in: .seconds(7)) }, "its next attempt, in 7.0 seconds") { workflow in
      try workflow.addStage("a", options: .init(retry: .fixed(.seconds(7), maxAttempts: 2))) {
        (_: Int, context: HandlerContext) in if context.attempt == 1 { throw Trouble("no") }
      }
    }
  }

  @Test func aHandlerThatHasNotReturned() async throws {
    let wall = Wall()
    let workflow = Workflow(name: "test", clock: clock)
    let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), timeout: .seconds(1))
    try workflow.addStage("a", options: options) { (_: Int, context: HandlerContext) in
      if context.attempt == 1 { await wall.stand() }
    }
    try await workflow.build()
    let run = try await workflow.submit(0)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    await eventually { ((try? workflow.explain(run)) ?? []).map(\.reason) == [.handler] }
    #expect(try workflow.explain().map(\.reason) == [.handler])
    #expect(try "\(workflow.explain(run))".contains("has not returned"))
    wall.tearDown()
    try await run.completion()
    try await workflow.close()
  }

  @Test func aFailureThatIsParked() async throws {
    let workflow = Workflow(name: "test", clock: clock)
    try workflow.addStage("a", options: .init(park: Park(for: .seconds(60)))) { (_: Int) in throw Trouble("no words") }
    try await workflow.build()
    var runs: [Run] = []
    for number in 0..<4 {
      runs.append(try await workflow.submit(number))
      await eventually { ((try? workflow.explain(runs[number])) ?? []).count { $0.reason != .running } == 1 }
      try await clock.waitForSleepers(number + 1)
      clock.advance(by: .seconds(5))
    }
    let item = try #require(try await workflow.parked.list().last)
    let waits = try workflow.explain(runs[0])
    #expect(waits.map(\.run) == [runs[0].id] && waits.map(\.count) == [1])
    #expect(waits.map(\.reason) == [.parked(item.failure, since: .seconds(20), failsIn: .seconds(40))])
    #expect(
      "\(waits)".contains(
        "\"a\" waits for somebody to decide what becomes of it, and fails in 40.0 seconds otherwise; 20.0 seconds ago: "
          + "Stage \"a\" failed (handler, attempt 1): no words."))
    // Of all of them, the one that fails first.
    #expect(try workflow.explain().map(\.reason) == waits.map(\.reason) && workflow.explain().map(\.count) == [4])

    try await workflow.parked.decide(item, .skip)
    try await runs[1].cancel()
    #expect(try workflow.explain(runs[0]).isEmpty && workflow.explain(runs[1]).isEmpty)
    // Nobody waits for their deadlines any more.
    await eventually { clock.sleepers == 2 }
    clock.advance(by: .seconds(50))
    _ = try await runs[2].end()
    #expect(try workflow.explain().map(\.run) == [runs[3].id] && workflow.explain().map(\.count) == [1])
    clock.advance(by: .seconds(5))
    _ = try await runs[3].end()
    #expect(try workflow.explain().isEmpty)
    try await workflow.close()
  }

  @Test func roomInAnotherQueue() async throws {
    let workflow = Workflow(name: "test")
    let a = try workflow.addStage("a") { (n: Int) in n }
    let b = try workflow.addStage("b", options: .init(queueBound: 1)) { (_: Int) in try await gate.pass() }
    try workflow.link(a, to: b)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3)
    await eventually { ((try? workflow.explain(runs[2])) ?? []).map(\.reason) == [.room(in: "b")] }
    #expect(try "\(workflow.explain(runs[2]))".contains("has ended, and waits for room in the queue of \"b\""))
    gate.open()
    for run in runs { try await run.completion() }
    try await workflow.close()
  }

  @Test func theTokensOfAJoin() async throws {
    let workflow = Workflow(name: "test")
    let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
    let slow = try workflow.addStage("slow") { (n: Int) in
      if n > 0 { try await gate.pass() }
      return n
    }
    let sum = try workflow.addStage("sum") { (all: [Int]) in all.count }
    try workflow.link(split, toEach: slow)
    try workflow.gather(slow, into: sum)
    try await workflow.build()
    let run = try await workflow.submit(3)
    await eventually {
      ((try? workflow.explain(run)) ?? []).contains { $0.reason == .token(from: "slow", missingItems: 2) }
    }
    #expect(try "\(workflow.explain(run))".contains("\"sum\" waits for 2 items of \"slow\" to end"))
    gate.open()
    #expect(try await run.output(of: sum) == 3)
    try await workflow.close()
  }

  @Test func admission() async throws {
    let workflow = Workflow(name: "test", maxRunsInFlight: 1)
    try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let run = try await workflow.submit(0)
    let later = (1..<4).map { n in Task { try await workflow.submit(n) } }
    let admission = try #require(try workflow.engine.admission)
    await eventually { admission.waiting == 3 }
    let waits = try workflow.explain()
    #expect(waits.map(\.reason) == [.admission(limit: 1)] && waits.map(\.count) == [3])
    #expect("\(waits)".contains("1 runs are unfinished"))
    gate.open()
    try await run.completion()
    for task in later { try await task.value.completion() }
    try await workflow.close()
  }
}

private struct Echo: BatchHandler {
  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    inputs.map { .success($0) }
  }
}
