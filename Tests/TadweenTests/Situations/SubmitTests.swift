import Testing

@testable import Tadween

/// Submitting waits where a bound says so, and nowhere else.
@Suite(.timeLimit(.minutes(5))) struct SubmitTests {
  @Test func manyAreSubmittedToAStageOfTheirType() async throws {
    try await withWorkflow { workflow in
      _ = try workflow.pass("other", String.self)
      return try workflow.pass("numbers", Int.self)
    } use: { workflow, numbers in
      let runs = try await workflow.submit(contentsOf: [1, 2, 3], to: numbers)
      for (number, run) in zip(1..., runs) { #expect(try await run.output(of: numbers) == number) }
      let end = try await runs[0].end()
      #expect(end.description == "Run \(runs[0].id) succeeded.")
    }
  }

  @Test(arguments: BrokerKind.allCases) func aHundredThousandSubmitsBeforeABlockedStageAreAllThere(
    _ kind: BrokerKind
  ) async throws {
    let gate = Gate()
    let seen = Locked([Int](repeating: 0, count: 100_000))
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("blocked") { (n: Int) in
        try await gate.pass()
        seen.withLock { $0[n] += 1 }
      }
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<100_000)
      #expect(runs.count == 100_000)
      await gate.arrivals(1)
      let engine = try workflow.engine
      await eventually { engine.stages[0].load == (99_999, 1) }
      #expect(engine.intake.count == 100_000)
      gate.open()
      try await workflow.waitUntilIdle()
      #expect(runs.allSatisfy { $0.outcome == .succeeded })
    }
    #expect(seen.withLock { $0.allSatisfy { $0 == 1 } })
  }

  @Test func submittingNeverWaitsWithoutABound() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("blocked") { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      for n in 0..<5_000 { _ = try await workflow.submit(n) }
      #expect(try workflow.engine.intake.count == 5_000)
      gate.open()
      try await workflow.waitUntilIdle()
    }
  }

  @Test func submittingWaitsForRoomInABoundedQueue() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("tight", options: .init(queueBound: 2)) { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let stage = try workflow.engine.stages[0]
      _ = try await workflow.submit(1)
      await gate.arrivals(1)
      _ = try await workflow.submit(2)
      _ = try await workflow.submit(3)
      async let fourth = workflow.submit(4)
      await eventually { stage.waitingPublishers == 1 }
      #expect(stage.load == (2, 1))
      #expect(try workflow.engine.intake.count == 3)
      gate.open()
      try await fourth.completion()
    }
  }

  @Test func aSubmitThatWaitsCanBeCancelled() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("tight", options: .init(queueBound: 1)) { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let stage = try workflow.engine.stages[0]
      _ = try await workflow.submit(1)
      await gate.arrivals(1)
      _ = try await workflow.submit(2)
      let third = Task { try await workflow.submit(3) }
      let fourth = Task { try await workflow.submit(contentsOf: [4, 5]) }
      await eventually { stage.waitingPublishers == 2 }
      third.cancel()
      fourth.cancel()
      await #expect(throws: CancellationError.self) { _ = try await third.value }
      await #expect(throws: CancellationError.self) { _ = try await fourth.value }
      #expect(stage.waitingPublishers == 0)
      #expect(try workflow.engine.intake.count == 2)
      gate.open()
      try await workflow.waitUntilIdle()
    }
  }

  @Test func submittingManyIsRepeatedWithoutRepeatingWork() async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("tight", options: .init(queueBound: 1)) { (n: Int) in
        journal.write("\(n)")
        try await gate.pass()
      }
    } use: { workflow, tight in
      let stage = try workflow.engine.stages[0]
      let cut = Task { try await workflow.submit(contentsOf: 1...4, id: { "number \($0)" }) }
      await eventually { stage.waitingPublishers == 1 }
      cut.cancel()
      await #expect(throws: CancellationError.self) { _ = try await cut.value }
      gate.open()
      let runs = try await workflow.submit(contentsOf: 1...4, to: tight, id: { "number \($0)" })
      for run in runs { try await run.completion() }
      #expect(Set(runs.map(\.id)).count == 4)
      #expect(journal.lines == ["1", "2", "3", "4"])
    }
  }

  @Test func aSubmitThatWaitsIsToldOfTheClose() async throws {
    let gate = Gate()
    let workflow = Workflow(name: "closing")
    try workflow.addStage("tight", options: .init(queueBound: 1)) { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let stage = try workflow.engine.stages[0]
    _ = try await workflow.submit(1)
    await gate.arrivals(1)
    _ = try await workflow.submit(2)
    let third = Task { try await workflow.submit(3) }
    await eventually { stage.waitingPublishers == 1 }
    _ = try await tadweenError { try await workflow.close(timeout: .zero) }
    let error = try await tadweenError { _ = try await third.value }
    #expect(error.code == .brokerClosed)
  }

  @Test func manyAreSubmittedThroughABoundedQueueInOrder() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("tight", options: .init(queueBound: 3)) { (n: Int) in journal.write("\(n)") }
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<100)
      #expect(runs.count == 100)
      for run in runs { try await run.completion() }
    }
    #expect(journal.lines == (0..<100).map { "\($0)" })
  }

  @Test(arguments: BrokerKind.allCases) func metadataTravelsWithTheRun(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let policy = StagePolicyBuilder<Int, Int>().onRunning { message, context in
        journal.write("\(context.stage) \(message.metadata[MetadataKey("tenant")] ?? "?")")
      }
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.addStage("b", policy: policy) { (n: Int) in n }
      try workflow.link(a, to: b)
    } use: { workflow, _ in
      try await workflow.submit(1, metadata: [MetadataKey("tenant"): "radio"]).completion()
    }
    #expect(journal.lines == ["b radio"])
  }

  @Test func idleIsIdleThoughOthersGoOnSubmitting() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, a in
      let feeder = Task { while !Task.isCancelled { _ = try await workflow.submit(1, to: a).end() } }
      for _ in 0..<2_000 {
        try await workflow.waitUntilIdle()
        try await workflow.waitUntilIdle(timeout: .seconds(60))
      }
      feeder.cancel()
      _ = await feeder.result
    }
  }

  @Test("R17: those who wait for room are let in one a place, in their order")
  func turns() async throws {
    let gate = Gate()
    let journal = Journal()
    try await withWorkflow { workflow in
      try workflow.addStage("tight", options: .init(queueBound: 1)) { (n: Int) in
        journal.write("\(n)")
        try await gate.pass()
      }
    } use: { workflow, _ in
      let stage = try workflow.engine.stages[0]
      _ = try await workflow.submit(0)
      await gate.arrivals(1)
      _ = try await workflow.submit(1)
      var waiting: [Task<Void, any Error>] = []
      for n in 2...6 {
        waiting.append(Task { _ = try await workflow.submit(n) })
        await eventually { stage.waitingPublishers == waiting.count }
      }
      waiting[1].cancel()
      await #expect(throws: CancellationError.self) { try await waiting[1].value }
      gate.open()
      for n in [0, 2, 3, 4] { try await waiting[n].value }
      try await workflow.waitUntilIdle()
    }
    #expect(journal.lines == ["0", "1", "2", "4", "5", "6"])
  }
}
