import TadweenTesting
import Testing

@testable import Tadween

/// Rule R10: what failed is attempted again, as its policy says.
@Suite("R10: retries", .timeLimit(.minutes(1))) struct RetryTests {
  @Test("an attempt that failed is made again until one succeeds", arguments: BrokerKind.allCases)
  func again(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 3))) {
        (n: Int, context: HandlerContext) in
        journal.write("\(context.attempt) \(context.failures.map { $0.messages[0] }) \(context.idempotencyKey)")
        if context.attempt < 3 { throw Trouble("no \(context.attempt)") }
        return n
      }
      let b = try workflow.addStage("b") { (n: Int) in
        journal.write("b")
        return n
      }
      try workflow.link(a, to: b)
      return b
    } use: { workflow, b in
      let run = try await workflow.submit(7)
      #expect(try await run.output(of: b) == 7)
    }
    let attempts = journal.lines.dropLast().map { $0.split(separator: " ").dropLast().joined(separator: " ") }
    #expect(attempts == ["1 []", #"2 ["no 1"]"#, #"3 ["no 1", "no 2"]"#])
    // The same work, for whoever outside has to know (rule R8).
    #expect(Set(journal.lines.dropLast().compactMap { $0.split(separator: " ").last }).count == 1)
    #expect(journal.lines.last == "b")
  }

  @Test("after the last attempt the activation has failed, once", arguments: BrokerKind.allCases)
  func atLast(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 3))) {
        (_: Int, context: HandlerContext) -> Int in throw Trouble("no \(context.attempt)")
      }
      let rescue = try workflow.addStage("rescue") { (failure: Failure) in journal.write("\(failure.attempt)") }
      try workflow.link(failureOf: a, to: rescue)
      return a
    } use: { workflow, _ in
      let end = try await workflow.submit(7).end()
      #expect(end.outcome == .succeeded && end.absorbed.map(\.attempt) == [3])
      #expect(end.absorbed.first?.messages == ["no 3"])
    }
    #expect(journal.lines == ["3"])
  }

  @Test("the next attempt waits for its time, and the run with it", arguments: BrokerKind.allCases)
  func delay(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock)
    try workflow.addStage("a", options: .init(retry: .fixed(.seconds(10), maxAttempts: 3))) {
      (n: Int, context: HandlerContext) in
      journal.write("\(n).\(context.attempt)")
      if context.attempt == 1 { throw Trouble("not yet") }
    }
    try await workflow.build()
    let one = try await workflow.submit(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(4))
    let two = try await workflow.submit(2)
    let stage = try workflow.engine.stages[0]
    try await journal.wait(for: "2.1")
    await eventually { stage.load == (2, 0) }
    #expect(journal.lines == ["1.1", "2.1"] && one.outcome == nil)
    clock.advance(by: .seconds(6))
    try await one.completion()
    #expect(journal.lines == ["1.1", "2.1", "1.2"] && two.outcome == nil)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(4))
    try await two.completion()
    try await workflow.close()
  }

  @Test("a cancel does not wait for the next attempt", arguments: BrokerKind.allCases)
  func cancel(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock)
    try workflow.addStage("a", options: .init(retry: .fixed(.seconds(10), maxAttempts: 3))) { (n: Int) in
      journal.write("\(n)")
      throw Trouble("no")
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    try await clock.waitForSleepers(1)
    try await run.cancel()
    #expect(try await run.end().outcome == .cancelled)
    clock.advance(by: .seconds(20))
    try await workflow.close()
    #expect(journal.lines == ["1"])
  }

  @Test("an attempt that is put off counts as none", arguments: BrokerKind.allCases)
  func snooze(_ kind: BrokerKind) async throws {
    let journal = Journal()
    let policy = RetryPolicy.custom { situation in
      situation.failure.messages == ["later"] ? .snooze(for: .zero) : .fail
    }
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("a", options: .init(retry: policy)) { (_: Int, context: HandlerContext) in
        journal.write("\(context.attempt) \(context.failures.count)")
        if journal.lines.count < 4 { throw Trouble("later") }
      }
    } use: { workflow, _ in
      try await workflow.submit(1).completion()
    }
    #expect(journal.lines == ["1 0", "1 0", "1 0", "1 0"])
  }

  @Test("each item of a map has its own retries", arguments: BrokerKind.allCases)
  func items(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let split = try workflow.pass("split", [Int].self)
      let item = try workflow.addStage("item", options: .init(queueBound: 1, retry: .fixed(.zero, maxAttempts: 4))) {
        (n: Int, context: HandlerContext) in
        if context.attempt <= n { throw Trouble("no") }
        return context.attempt
      }
      let end = try workflow.pass("end", [Int].self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: end)
      return end
    } use: { workflow, end in
      let run = try await workflow.submit([0, 3, 1, 2, 0])
      #expect(try await run.output(of: end) == [1, 4, 2, 3, 1])
    }
  }

  @Test("a policy is told whether there will be another attempt, and when") func told() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      let policy = StagePolicyBuilder<Int, Int>().onError { error, _, context in
        journal.write("\(context.attempt) \(error.isFinal) \(error.decision)")
      }
      try workflow.addStage("a", policy: policy, options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
        (_: Int) -> Int in throw Trouble("no")
      }
    } use: { workflow, _ in
      _ = try await workflow.submit(1).end()
    }
    #expect(journal.lines == ["1 false retry(after: 0.0 seconds)", "2 true fail"])
  }

  @Test("events tell of each attempt", arguments: BrokerKind.allCases) func events(_ kind: BrokerKind) async throws {
    let gate = Gate()
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
        (_: Int, context: HandlerContext) in
        try await gate.pass()
        if context.attempt == 1 { throw Trouble("no") }
      }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      var words: [String] = []
      for await event in run.events {
        words.append(EventTests.word(event))
        gate.open()
      }
      #expect(
        words.suffix(4) == ["retrying a handler 0.0 seconds", "started a", "succeeded a", "completed"])
    }
  }

  @Test("an input that does not fit is not tried twice") func misfit() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      let policy = StagePolicyBuilder<Int, Int>().onError { error, _, _ in journal.write("\(error.isFinal)") }
      let retry = RetryPolicy.fixed(.zero, maxAttempts: 9).onlyFor([.inputValidation])
      try workflow.addStage("a", policy: policy, options: .init(retry: retry)) { (n: Int) in n }
    } use: { workflow, _ in
      _ = try await workflow.submit("one").end()
    }
    #expect(journal.lines == ["true"])
  }

  @Test(
    "the retry of an attempt that ended at its deadline waits for its handler (R13)", arguments: BrokerKind.allCases)
  func overrun(_ kind: BrokerKind) async throws {
    let (wall, clock, journal) = (Wall(), TestClock(), Journal())
    let options = StageOptions(
      taskQueue: .concurrent(2), retry: .fixed(.zero, maxAttempts: 2), timeout: .seconds(90))
    try await withWorkflow(kind, clock: clock) { workflow in
      try workflow.addStage("slow", options: options) { (n: Int, context: HandlerContext) in
        journal.write("\(n).\(context.attempt)")
        if n == 1, context.attempt == 1 { await wall.stand() }
        return n
      }
    } use: { workflow, slow in
      let stage = try workflow.engine.stages[0]
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(90))
      await eventually { stage.load == (1, 1) }
      // The other worker is free, and goes on.
      try await workflow.submit(2).completion()
      #expect(journal.lines == ["1.1", "2.1"] && run.outcome == nil)
      wall.tearDown()
      #expect(try await run.output(of: slow) == 1)
      #expect(journal.lines == ["1.1", "2.1", "1.2"])
    }
  }

  @Test("an overrun that is cancelled meanwhile is not retried", arguments: BrokerKind.allCases)
  func cancelledOverrun(_ kind: BrokerKind) async throws {
    let (wall, clock, journal) = (Wall(), TestClock(), Journal())
    let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), timeout: .seconds(90))
    try await withWorkflow(kind, clock: clock) { workflow in
      try workflow.addStage("slow", options: options) { (_: Int, context: HandlerContext) in
        journal.write("\(context.attempt)")
        await wall.stand()
      }
    } use: { workflow, _ in
      let stage = try workflow.engine.stages[0]
      let run = try await workflow.submit(1)
      await wall.arrivals(1)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(90))
      await eventually { stage.load == (1, 1) }
      try await run.cancel()
      #expect(try await run.end().outcome == .cancelled)
      wall.tearDown()
      try await workflow.waitUntilIdle()
      await eventually { stage.load == (0, 0) }
      #expect(journal.lines == ["1"])
    }
  }
}
