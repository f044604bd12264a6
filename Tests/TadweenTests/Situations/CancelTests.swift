import TadweenTesting
import Testing

@testable import Tadween

/// Cancelling a run: before, during and after (rule R12).
@Suite(.timeLimit(.minutes(1))) struct CancelTests {
  @Test(arguments: BrokerKind.allCases) func whatHasNotStartedNeverStarts(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        journal.write("a \(n)")
        try await gate.pass()
        return n
      }
      let b = try workflow.addStage("b") { (n: Int) in journal.write("b \(n)") }
      try workflow.link(a, to: b)
    } use: { workflow, _ in
      let first = try await workflow.submit(1)
      await gate.arrivals(1)
      let second = try await workflow.submit(2)
      try await second.cancel()
      // Recorded when cancel returns: nothing of it runs, so it is complete.
      let error = try await tadweenError { try await second.completion() }
      #expect(error.code == .cancelled && error.run == second.id)
      #expect(second.outcome == .cancelled)
      gate.open()
      try await first.completion()
      try await workflow.waitUntilIdle()
    }
    #expect(journal.lines == ["a 1", "b 1"])
  }

  @Test(arguments: BrokerKind.allCases) func whatRunsIsToldToStop(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        if n == 1 { try await gate.pass() }
        return n
      }
      let b = try workflow.addStage("b") { (n: Int) in journal.write("b \(n)") }
      try workflow.link(a, to: b)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      try await run.cancel()
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .cancelled)
      // The worker whose task was cancelled is replaced: the next run is not hurt by it.
      try await workflow.submit(2).completion()
    }
    #expect(journal.lines == ["b 2"])
  }

  @Test func aHandlerThatReturnsAllTheSameHasSucceeded() async throws {
    let wall = Wall()
    try await withWorkflow { workflow in
      let a = try workflow.addStage("a", options: .init(keepsOutput: true)) { (n: Int) in
        await wall.stand()
        return n
      }
      let b = try workflow.pass("b", Int.self)
      try workflow.link(a, to: b)
      return a
    } use: { workflow, a in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await run.cancel()
      #expect(run.outcome == nil)
      wall.tearDown()
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .cancelled)
      #expect(try await run.output(of: a) == 1)
    }
  }

  @Test func aRunWhoseLastHandlerReturnsAllTheSameHasSucceeded() async throws {
    let wall = Wall()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        await wall.stand()
        return n
      }
    } use: { workflow, a in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await run.cancel()
      wall.tearDown()
      #expect(try await run.output(of: a) == 1)
      #expect(run.outcome == .succeeded)
    }
  }

  @Test func aRunThatIsCompleteIsLeftAsItIs() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, a in
      let run = try await workflow.submit(1)
      try await run.completion()
      try await run.cancel()
      #expect(run.outcome == .succeeded)
      #expect(try await run.output(of: a) == 1)
    }
  }

  @Test func cancellingTwiceIsCancellingOnce() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      await withThrowingTaskGroup { group in
        for _ in 0..<4 { group.addTask { try await run.cancel() } }
      }
      #expect(try await run.end().outcome == .cancelled)
      try await workflow.waitUntilIdle()
    }
  }

  @Test(arguments: BrokerKind.allCases) func aStageThatRunsWhenCancelledCleansUp(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let work = try workflow.addStage("work") { (n: Int) in
        try await gate.pass()
        return n
      }
      let more = try workflow.addStage("more") { (n: Int) in
        journal.write("more")
        return n
      }
      let tidy = try workflow.addStage("tidy", options: .init(runsWhenCancelled: true)) { (text: String) in
        journal.write("tidy after \(text)")
      }
      try workflow.link(work, to: more)
      try workflow.join(more.outcome, into: tidy) { outcome in
        if case .cancelled = outcome { "cancelled" } else { "\(outcome)" }
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      try await run.cancel()
      #expect(try await run.end().outcome == .cancelled)
    }
    #expect(journal.lines == ["tidy after cancelled"])
  }

  @Test func aCallerThatStopsWaitingCancelsNothing() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        try await gate.pass()
        return n
      }
    } use: { workflow, a in
      let run = try await workflow.submit(1)
      await gate.arrivals(1)
      let waiting = Task { try await run.completion() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      gate.open()
      #expect(try await run.output(of: a) == 1)
    }
  }

  /// The deadline holds in a cancelled run too: a handler that does not listen keeps it no longer than that.
  @Test func aCancelledRunEndsAtTheDeadlineOfAHandlerThatDoesNotListen() async throws {
    let wall = Wall()
    defer { wall.tearDown() }
    let clock = TestClock()
    let workflow = Workflow(name: "deaf", clock: clock)
    try workflow.addStage("deaf", options: .init(timeout: .seconds(9))) { (_: Int) in await wall.stand() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    try await run.cancel()
    clock.advance(by: .seconds(9))
    #expect(try await run.end().outcome == .cancelled)
    wall.tearDown()
    try await workflow.close()
  }

  @Test func neighboursOfACancelledRunAreNotHurt() async throws {
    let gate = Gate()
    let count = Locked(0)
    try await withWorkflow { workflow in
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(2))) { (n: Int) in
        if n % 10 == 0 { try await gate.pass() }
        count.withLock { $0 += 1 }
      }
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<200)
      for n in stride(from: 0, to: 200, by: 10) { try await runs[n].cancel() }
      try await workflow.waitUntilIdle()
      for (n, run) in runs.enumerated() { #expect(run.outcome == (n % 10 == 0 ? .cancelled : .succeeded), "\(n)") }
    }
    #expect(count.withLock { $0 } == 180)
  }

  /// It was told to stop, and returned all the same: it has succeeded, and its policy is told of the commit.
  @Test func aPolicyIsToldOfWhatSucceededAfterACancel() async throws {
    let (wall, journal) = (Wall(), Journal())
    try await withWorkflow { workflow in
      let policy = StagePolicyBuilder<Int, Int>().afterCommit { _, _ in
        journal.write("after commit, cancelled: \(Task.isCancelled)")
      }
      try workflow.addStage("a", policy: policy) { (n: Int) in
        await wall.stand()
        return n
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await run.cancel()
      wall.tearDown()
      #expect(try await run.end().outcome == .succeeded)
      try await journal.wait(forLines: 1)
    }
    #expect(journal.lines == ["after commit, cancelled: false"])
  }

  /// What an idle stage keeps of the messages that it had: nothing.
  @Test func aStageThatIsIdleKeepsNoMessage() async throws {
    final class Recording: Sendable {
      static let alive = Locked(0)
      init() { Self.alive.withLock { $0 += 1 } }
      deinit { Self.alive.withLock { $0 -= 1 } }
    }
    let (gate, clock) = (Gate(), TestClock())
    // Dead letters keep what they ran on, so none are remembered, and no handle on the run is kept.
    let workflow = Workflow(name: "test", broker: InMemoryBroker(deadLetters: 0), clock: clock)
    let policy = StagePolicyBuilder<Recording, Void>().onDone { _, _ in }
    let a = try workflow.addStage("a", policy: policy, options: .init(timeout: .seconds(1))) {
      (_: Recording) async throws in
      try await gate.pass()
    }
    try await workflow.build()
    _ = try await workflow.submit(Recording(), to: a)
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    try await workflow.waitUntilIdle()
    await eventually { Recording.alive.withLock { $0 } == 0 }
    try await workflow.close()
  }
}
