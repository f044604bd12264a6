import TadweenTesting
import Testing

@testable import Tadween

/// A close lets work finish, never waits longer than it was told, and tells everyone.
@Suite(.timeLimit(.minutes(1))) struct CloseTests {
  @Test(arguments: BrokerKind.allCases) func closingWhileItWorksLetsItFinish(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    let workflow = Workflow(name: "busy", broker: kind.make())
    let a = try workflow.addStage("a") { (n: Int) in
      try await gate.pass()
      return n
    }
    let b = try workflow.addStage("b") { (n: Int) in
      journal.write("b \(n)")
      return n
    }
    try workflow.link(a, to: b)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: [1, 2, 3])
    await gate.arrivals(1)
    let engine = try workflow.engine
    async let closing: Void = workflow.close()
    await eventually { !engine.intake.admit(0) }
    let late = try await tadweenError { _ = try await workflow.submit(4) }
    #expect(late.code == .brokerClosed)
    gate.open()
    try await closing
    #expect(runs.allSatisfy { $0.outcome == .succeeded })
    #expect(journal.lines == ["b 1", "b 2", "b 3"])
  }

  @Test func theSecondCloseReturnsAtOnce() async throws {
    let gate = Gate()
    let workflow = Workflow(name: "busy")
    try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    let engine = try workflow.engine
    async let first: Void = workflow.close()
    await eventually { !engine.intake.admit(0) }
    // The first one still waits for the run.
    try await workflow.close()
    #expect(run.outcome == nil)
    gate.open()
    try await first
    #expect(run.outcome == .succeeded)
    try await workflow.close()
  }

  @Test(arguments: BrokerKind.allCases) func afterTheTimeoutItSaysByNameAndNumberWhatDidNotFinish(
    _ kind: BrokerKind
  ) async throws {
    let gate = Gate()
    let clock = TestClock()
    let workflow = Workflow(name: "stuck", broker: kind.make(), clock: clock)
    try workflow.addStage("asr") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let stage = try workflow.engine.stages[0]
    let runs = try await workflow.submit(contentsOf: [1, 2, 3])
    await gate.arrivals(1)
    await eventually { stage.load == (2, 1) }
    let closing = Task { try await workflow.close(timeout: .seconds(5)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    let error = try await tadweenError { try await closing.value }
    #expect(error.code == .timedOut)
    #expect(error.message.contains("\"stuck\" did not finish within 5.0 seconds"))
    #expect(
      error.message.contains("3 unfinished runs") && error.message.contains("\"asr\" has 2 waiting and 1 running"))
    for run in runs {
      let told = try await tadweenError { try await run.completion() }
      #expect(told.code == .brokerClosed)
      #expect(run.outcome == nil)
    }
    // What ran was told to stop.
    await eventually { gate.isCancelled }
  }

  @Test func aHandlerThatNeverReturnsDoesNotKeepClose() async throws {
    let wall = Wall()
    defer { wall.tearDown() }
    let clock = TestClock()
    let workflow = Workflow(name: "stuck", clock: clock)
    try workflow.addStage("deaf") { (_: Int) in await wall.stand() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    let closing = Task { try await workflow.close(timeout: .seconds(5)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    let error = try await tadweenError { try await closing.value }
    #expect(error.code == .timedOut && error.message.contains("\"deaf\" has 0 waiting and 1 running"))
    let told = try await tadweenError { try await run.completion() }
    #expect(told.code == .brokerClosed)
  }

  /// And once it returns after all, its threads are joined: nothing of the workflow is left.
  @Test func aHandlerThatNeverReturnsOnAThreadDoesNotKeepClose() async throws {
    let barrier = Barrier()
    let gate = Gate()
    defer { barrier.open() }
    let clock = TestClock()
    let workflow = Workflow(name: "stuck", clock: clock)
    try workflow.addStage("blocking", options: .init(taskQueue: .threads(2))) { (_: Int) in
      gate.arrive()
      barrier.block()
    }
    try await workflow.build()
    let engine = try workflow.engine
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    let closing = Task { try await workflow.close(timeout: .seconds(5)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    let error = try await tadweenError { try await closing.value }
    #expect(error.code == .timedOut && error.message.contains("\"blocking\""))
    let told = try await tadweenError { try await run.completion() }
    #expect(told.code == .brokerClosed)
    #expect(engine.hasEnded.value == nil)
    barrier.open()
    try await engine.hasEnded.wait()
  }

  /// The run is complete, since its attempt has timed out; its handler has not returned.
  @Test func aHandlerThatOutlivesItsDeadlineDoesNotKeepCloseEither() async throws {
    let wall = Wall()
    defer { wall.tearDown() }
    let clock = TestClock()
    let workflow = Workflow(name: "stuck", clock: clock)
    try workflow.addStage("deaf", options: .init(timeout: .seconds(1))) { (_: Int) in await wall.stand() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    let late = try await tadweenError { try await run.completion() }
    #expect(late.code == .timedOut)
    let closing = Task { try await workflow.close(timeout: .seconds(5)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    let error = try await tadweenError { try await closing.value }
    #expect(error.code == .timedOut)
    #expect(error.message.contains("did not return") && error.message.contains("\"deaf\" has 0 waiting and 1 running"))
  }

  @Test func aCancelledCloseEndsEverythingAtOnce() async throws {
    let gate = Gate()
    let journal = Journal()
    let workflow = Workflow(name: "hurry")
    let stage = try workflow.addStage("a", WarmUpTests.Witness(name: "a", journal: journal))
    let b = try workflow.addStage("b") { (_: Int) in try await gate.pass() }
    try workflow.link(stage, to: b)
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    let closing = Task { try await workflow.close() }
    closing.cancel()
    await #expect(throws: CancellationError.self) { try await closing.value }
    let told = try await tadweenError { try await run.completion() }
    #expect(told.code == .brokerClosed)
    try await journal.wait(for: "a shuts down")
  }

  @Test func waitingUntilIdleSaysWhatIsLeft() async throws {
    let gate = Gate()
    let clock = TestClock()
    let workflow = Workflow(name: "busy", clock: clock)
    try workflow.addStage("asr") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    try await workflow.waitUntilIdle()
    try await workflow.waitUntilIdle(timeout: .seconds(1))
    _ = try await workflow.submit(1)
    await gate.arrivals(1)
    let waiting = Task { try await workflow.waitUntilIdle(timeout: .seconds(1)) }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    let error = try await tadweenError { try await waiting.value }
    #expect(error.code == .timedOut && error.message.contains("1 unfinished run;"))
    #expect(error.message.contains("\"asr\" has 0 waiting and 1 running"))
    let cancelled = Task { try await workflow.waitUntilIdle(timeout: .seconds(1)) }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    gate.open()
    try await workflow.waitUntilIdle(timeout: .seconds(1))
    try await workflow.close()
  }

  @Test func aCloseLetsTheHooksAfterACommitFinish() async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "polite")
    let policy = StagePolicyBuilder<Int, Int>().afterCommit { _, _ in
      do {
        try await gate.pass()
        journal.write("finished")
      } catch {
        journal.write("cut short")
      }
    }
    try workflow.addStage("a", policy: policy) { (n: Int) in n }
    try await workflow.build()
    try await workflow.submit(1).completion()
    await gate.arrivals(1)
    let closing = Task { try await workflow.close() }
    await eventually { workflow.isClosing }
    for _ in 0..<100 { await Task.yield() }
    gate.open()
    try await closing.value
    #expect(journal.lines == ["finished"])
  }

  @Test func aBrokerThatThrowsDoesNotHideWhatIsLeft() async throws {
    let (gate, broker) = (Wall(), FlakyBroker(failing: [.close: 9]))
    let workflow = Workflow(name: "left", broker: broker)
    try workflow.addStage("slow") { (_: Int) in await gate.stand() }
    try await workflow.build()
    _ = try await workflow.submit(1)
    await gate.arrivals(1)
    let error = try await tadweenError { try await workflow.close(timeout: .zero) }
    #expect(error.code == .timedOut && error.message.contains("\"slow\" has 0 waiting and 1 running"))
    gate.tearDown()
  }
}
