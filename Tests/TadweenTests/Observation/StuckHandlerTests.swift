import TadweenTesting
import Testing

@testable import Tadween

/// Whoever listens hears of handlers that do not return (rules R12, R13).
@Suite("R13: handlers that do not return are told of", .timeLimit(.minutes(1))) struct StuckHandlerTests {
  /// The words of a workflow's events, as they come.
  private func follow(_ workflow: Workflow) async throws -> (words: Journal, watching: Task<Void, Never>) {
    let words = Journal()
    let watching = Task { for await event in workflow.events { words.write(EventTests.word(event)) } }
    try await words.wait(forLines: 1)
    return (words, watching)
  }

  @Test("at its deadline, and when it returns at last", arguments: BrokerKind.allCases, [true, false])
  func deadline(_ kind: BrokerKind, hasKey: Bool) async throws {
    let (wall, clock) = (Wall(), TestClock())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock, logger: .silent)
    let key = hasKey ? ConcurrencyKey { (_: Int) in "all" } : nil
    let options = StageOptions(
      retry: .fixed(.seconds(5), maxAttempts: 2), timeout: .seconds(90), concurrencyKey: key)
    try workflow.addStage("slow", options: options) { (_: Int, context: HandlerContext) in
      if context.attempt == 1 { await wall.stand() }
    }
    try await workflow.build()
    let (words, watching) = try await follow(workflow)
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(90))
    try await words.wait(forLines: 5)
    clock.advance(by: .seconds(30))
    wall.tearDown()
    try await words.wait(for: "returned slow 30.0 seconds")
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    try await run.completion()
    try await workflow.close()
    await watching.value
    // The submission is told when it is recorded, which may be after the first start.
    #expect(
      words.lines.filter { $0 != "submitted" } == [
        "snapshot 0", "started slow", "overran slow 90.0 seconds", "retrying slow timeout 5.0 seconds",
        "returned slow 30.0 seconds", "started slow", "succeeded slow", "completed",
      ])
  }

  @Test("each of a batch", arguments: BrokerKind.allCases)
  func batch(_ kind: BrokerKind) async throws {
    struct Deaf: BatchHandler {
      let wall: Wall
      func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
        await wall.stand()
        return inputs.map { .success($0) }
      }
    }
    let (wall, clock) = (Wall(), TestClock())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock, logger: .silent)
    try workflow.addStage(
      "deaf", batch: Deaf(wall: wall), BatchWindow(upTo: 2, within: .seconds(1)), options: .init(timeout: .seconds(90)))
    try await workflow.build()
    let (words, watching) = try await follow(workflow)
    let runs = try await workflow.submit(contentsOf: 0..<2)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(90))
    for run in runs { _ = try await run.end() }
    #expect(words.count(of: "returned deaf 0.0 seconds") == 0)
    wall.tearDown()
    try await words.wait(for: "returned deaf 0.0 seconds", times: 2)
    try await workflow.close()
    await watching.value
    #expect(words.count(of: "overran deaf 90.0 seconds") == 2 && words.count(of: "returned deaf 0.0 seconds") == 2)
  }

  @Test("when it is told to stop, once, and when it returns", arguments: BrokerKind.allCases)
  func interrupted(_ kind: BrokerKind) async throws {
    let wall = Wall()
    let workflow = Workflow(name: "test", broker: kind.make())
    let a = try workflow.addStage("a") { (n: Int) in
      await wall.stand()
      return n
    }
    let b = try workflow.pass("b", Int.self)
    try workflow.link(a, to: b)
    try await workflow.build()
    let (words, watching) = try await follow(workflow)
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await run.cancel()
    try await run.cancel()
    try await words.wait(for: "interrupted a")
    #expect(!words.lines.contains("succeeded a"))
    wall.tearDown()
    _ = try await run.end()
    try await workflow.close()
    await watching.value
    #expect(
      words.lines.filter { $0 != "submitted" } == [
        "snapshot 0", "started a", "interrupted a", "succeeded a", "completed cancelled",
      ])
  }

  @Test("a loser of an eager join is told to stop, once, and so is what a run's timeout cuts")
  func loser() async throws {
    let (wall, goal, clock) = (Wall(), Gate(), TestClock())
    let workflow = Workflow(name: "test", runTimeout: .seconds(60), clock: clock, logger: .silent)
    let start = try workflow.pass("start", Int.self)
    let quick = try workflow.addStage("quick") { (n: Int) in
      await wall.arrivals(1)
      return n
    }
    let slow = try workflow.addStage("slow") { (n: Int) in
      await wall.stand()
      return n
    }
    let first = try workflow.addStage("first") { (_: Int) in try await goal.pass() }
    try workflow.link(start, to: quick)
    try workflow.link(start, to: slow)
    try workflow.join(quick, slow, into: first, .anySucceeded(cancelLosers: true)) { $0 }
    try await workflow.build()
    let (words, watching) = try await follow(workflow)
    let run = try await workflow.submit(1)
    await goal.arrivals(1)
    try await words.wait(for: "interrupted slow")
    #expect(words.count(of: "interrupted first") == 0)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    try await words.wait(for: "interrupted first")
    wall.tearDown()
    _ = try await run.end()
    try await workflow.close()
    await watching.value
    // The slow one was told before.
    #expect(words.count(of: "interrupted slow") == 1 && words.count(of: "interrupted first") == 1)
  }

  @Test("so is what a close has no more time for")
  func close() async throws {
    let (gate, clock) = (Gate(), TestClock())
    let workflow = Workflow(name: "test", clock: clock, logger: .silent)
    try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let (words, watching) = try await follow(workflow)
    _ = try await workflow.submit(1)
    await gate.arrivals(1)
    let closing = Task { try await workflow.close(timeout: .seconds(10)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(9))
    await #expect(throws: TadweenError.self) { try await closing.value }
    await watching.value
    #expect(words.count(of: "interrupted a") == 1)
  }
}
