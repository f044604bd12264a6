import TadweenTesting
import Testing

@testable import Tadween

/// The three moments of an attempt: ended, returned, committed (rule R13).
@Suite(.timeLimit(.minutes(1))) struct TimeoutTests {
  @Test(arguments: BrokerKind.allCases) func theFailureIsCommittedAtTheDeadlineWhileTheHandlerRuns(
    _ kind: BrokerKind
  ) async throws {
    let wall = Wall()
    let clock = TestClock()
    let journal = Journal()
    try await withWorkflow(kind, clock: clock) { workflow in
      let slow = try workflow.addStage("slow", options: .init(timeout: .seconds(90))) { (n: Int) in
        journal.write("starts \(n)")
        if n == 1 { await wall.stand() }
        journal.write("returns \(n)")
        return n
      }
      let next = try workflow.addStage("next") { (n: Int) in journal.write("next \(n)") }
      try workflow.link(slow, to: next)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(89))
      #expect(clock.sleepers == 1 && run.outcome == nil)
      clock.advance(by: .seconds(1))
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .timedOut && error.stage == "slow" && error.message.contains("90.0 seconds"))
      #expect(error.failures.first?.kind == .timeout)
      #expect(journal.lines == ["starts 1"])
      // Its place is not free before it has returned.
      let second = try await workflow.submit(2)
      let stage = try workflow.engine.stages[0]
      await eventually { stage.load == (1, 1) }
      #expect(journal.lines == ["starts 1"])
      wall.tearDown()
      try await second.completion()
      #expect(journal.lines == ["starts 1", "returns 1", "starts 2", "returns 2", "next 2"])
      // The late result changed nothing.
      let still = try await tadweenError { try await run.completion() }
      #expect(still.code == .timedOut)
    }
  }

  @Test func aHandlerThatListensIsCancelledAtTheDeadline() async throws {
    let gate = Gate()
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      try workflow.addStage("slow", options: .init(timeout: .seconds(1))) { (n: Int) in
        if n == 1 { try await gate.pass() }
        return n
      }
    } use: { workflow, slow in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .timedOut && error.failures.count == 1)
      #expect(try await workflow.submit(2).output(of: slow) == 2)
    }
  }

  @Test func aHandlerInTimeLeavesNoDeadlineBehind() async throws {
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      try workflow.pass("quick", Int.self, options: .init(timeout: .seconds(1)))
    } use: { workflow, quick in
      for n in 0..<20 {
        let output = try await workflow.submit(n).output(of: quick)
        #expect(output == n)
      }
      #expect(clock.sleepers == 0)
    }
  }

  @Test func aBlockedThreadDoesNotHoldItsDeadline() async throws {
    let barrier = Barrier()
    let gate = Gate()
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      try workflow.addStage("blocking", options: .init(taskQueue: .threads(1), timeout: .seconds(1))) { (_: Int) in
        gate.arrive()
        barrier.block()
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
      let error = try await tadweenError { try await run.completion() }
      barrier.open()
      #expect(error.code == .timedOut)
    }
  }

  @Test func aTimeoutCanBeHandledByAFailureLink() async throws {
    let wall = Wall()
    let clock = TestClock()
    try await withWorkflow(clock: clock) { workflow in
      let slow = try workflow.addStage("slow", options: .init(timeout: .seconds(1))) { (_: Int) in await wall.stand() }
      let alert = try workflow.addStage("alert") { (failure: Failure) in failure.kind.name }
      try workflow.link(failureOf: slow, to: alert)
      return alert
    } use: { workflow, alert in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
      #expect(try await run.output(of: alert) == "timeout")
      wall.tearDown()
    }
  }

  /// The policy hears of the deadline once, and not of a success that was dropped.
  @Test func aPolicyIsToldOfTheTimeoutAndNotOfTheLateResult() async throws {
    let wall = Wall()
    let clock = TestClock()
    let journal = Journal()
    try await withWorkflow(clock: clock) { workflow in
      let policy = StagePolicyBuilder<Int, Int>()
        .onDone { _, _ in journal.write("done") }
        .onSuccess { _, _, _ in journal.write("success") }
        .onError { error, message, context in
          journal.write("error \(error.failure.kind) \(error.isFinal) \(context.stage) \(message.run == context.run)")
        }
      return try workflow.addStage("slow", policy: policy, options: .init(timeout: .seconds(1))) { (n: Int) in
        if n == 1 { await wall.stand() }
        return n
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
      _ = try await tadweenError { try await run.completion() }
      try await journal.wait(for: "error timeout true slow true")
      wall.tearDown()
      try await workflow.submit(2).completion()
    }
    #expect(journal.lines == ["error timeout true slow true", "done", "done", "success"])
  }

  @Test("R17: an attempt that ended at its deadline waits for room though its handler has returned")
  func aDeadlineWaitsForRoom() async throws {
    let (gate, wall, clock) = (Gate(), Gate(), TestClock())
    try await withWorkflow(clock: clock) { workflow in
      let slow = try workflow.addStage(
        "slow", options: .init(taskQueue: .concurrent(4), timeout: .seconds(1))
      ) { (_: Int) in try await gate.pass() }
      let alert = try workflow.addStage("alert", options: .init(queueBound: 1)) { (_: Failure) in
        try await wall.pass()
      }
      try workflow.link(failureOf: slow, to: alert)
    } use: { workflow, _ in
      let alert = try workflow.engine.stages[1]
      // One after the other, for ends that are committed at the same moment may pass the bound.
      for (begun, load) in [(1, (0, 1)), (2, (1, 1))] {
        _ = try await workflow.submit(0)
        await gate.arrivals(begun)
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(1))
        await eventually { alert.load == load }
      }
      _ = try await workflow.submit(contentsOf: [1, 2])
      await gate.arrivals(4)
      try await clock.waitForSleepers(2)
      clock.advance(by: .seconds(1))
      await eventually { alert.waitingPublishers == 2 }
      #expect(alert.load == (1, 1))
      wall.open()
      try await workflow.waitUntilIdle()
    }
  }

  @Test func theHookAfterADeadlineIsNotCancelledByTheReturn() async throws {
    let (gate, clock, journal) = (Gate(), TestClock(), Journal())
    try await withWorkflow(clock: clock) { workflow in
      let policy = StagePolicyBuilder<Int, Void>().onError { _, _, _ in
        // The handler heeds its cancel, and has returned by now.
        await eventually { journal.count(of: "returned") == 1 }
        for _ in 0..<10 { await Task.yield() }
        journal.write("cancelled: \(Task.isCancelled)")
      }
      try workflow.addStage("slow", policy: policy, options: .init(timeout: .seconds(1))) { (_: Int) in
        defer { journal.write("returned") }
        try await gate.pass()
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
      _ = try await run.end()
      try await journal.wait(forLines: 2)
    }
    #expect(journal.lines == ["returned", "cancelled: false"])
  }
}
