import Testing

@testable import Tadween

/// A stage without a workflow: the same policy, task queue and errors.
@Suite(.timeLimit(.minutes(1))) struct StageAloneTests {
  @Test func itRunsAndIsWarmedUpOnce() async throws {
    let journal = Journal()
    let stage = Stage("alone", WarmUpTests.Witness(name: "a", journal: journal))
    #expect(try await stage.run(1) == 1)
    #expect(try await stage.run(2) == 2)
    try await stage.close()
    #expect(journal.lines == ["a warms up", "a runs", "a runs", "a shuts down"])
    let late = try await tadweenError { _ = try await stage.run(3) }
    #expect(late.code == .brokerClosed)
  }

  @Test func manyCallersShareItsWorkers() async throws {
    let crowd = Crowd()
    let stage = Stage("alone", options: .init(taskQueue: .concurrent(3))) { (n: Int) in
      crowd.enter()
      await Task.yield()
      crowd.leave()
      return n * 2
    }
    let sum = try await withThrowingTaskGroup { group in
      for n in 0..<100 { group.addTask { try await stage.run(n) } }
      return try await group.reduce(0, +)
    }
    #expect(sum == 9_900)
    #expect(crowd.peak <= 3)
    try await stage.close()
  }

  @Test func itsErrorsNameIt() async throws {
    let stage = Stage("alone") { (_: Int) -> Int in throw Trouble("nothing to eat") }
    let error = try await tadweenError { _ = try await stage.run(1) }
    #expect(error.code == .handlerFailed && error.stage == "alone" && error.message.contains("nothing to eat"))
    try await stage.close()
  }

  @Test func itsPolicyWorks() async throws {
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { message, _ in
        message.payload.value(as: Int.self) == 7 ? .skip(with: 70, reason: "known") : .process
      }
    let stage = Stage("alone", ClosureHandler { (n: Int) in n }, policy: policy)
    #expect(try await stage.run(7) == 70)
    #expect(try await stage.run(8) == 8)
    try await stage.close()
  }

  @Test func instancesAreMadeOnceAWorker() async throws {
    let journal = Journal()
    let stage = Stage(
      "alone",
      instances: .perWorker { WarmUpTests.Witness(name: "a", journal: journal) },
      options: .init(taskQueue: .threads(2)))
    #expect(try await stage.run(1) == 1)
    try await stage.close()
    #expect(journal.count(of: "a warms up") == 2 && journal.count(of: "a shuts down") == 2)
  }

  /// Used like a function, it is cancelled like one.
  @Test func aCallerThatIsCancelledCancelsItsWork() async throws {
    let gate = Gate()
    let stage = Stage("alone", ClosureHandler { (_: Int) in try await gate.pass() })
    let calling = Task { try await stage.run(1) }
    await gate.arrivals(1)
    calling.cancel()
    await #expect(throws: CancellationError.self) { try await calling.value }
    try await stage.close()
    await eventually { gate.isCancelled }
  }

  /// As its documentation shows it.
  @Test func itJoinsAWorkflowWhenItWasUsedAlone() async throws {
    let stage = Stage(
      "alone", WarmUpTests.Witness(name: "a", journal: Journal()), options: .init(taskQueue: .threads(2)))
    #expect(try await stage.run(1) == 1)
    try await stage.close()
    try await withWorkflow { workflow in
      try workflow.addStage(stage)
    } use: { workflow, reference in
      let output = try await workflow.submit(2).output(of: reference)
      #expect(output == 2)
    }
  }

  /// Whether it was run alone or not.
  @Test(arguments: [false, true]) func itsCloseLeavesItsWorkflowsTheirThreads(_ runsAlone: Bool) async throws {
    let stage = Stage("alone", options: .init(taskQueue: .threads(1))) { (_: Int) in currentThread() }
    try await withWorkflow { workflow in
      try workflow.addStage(stage)
    } use: { workflow, reference in
      let before = try await workflow.submit(1).output(of: reference)
      if runsAlone {
        let alone = try await stage.run(2)
        #expect(alone == before)
      }
      try await stage.close()
      let after = try await workflow.submit(3).output(of: reference)
      #expect(after == before)
    }
  }

  @Test func itJoinsAWorkflowToo() async throws {
    let stage = Stage("double", ClosureHandler { (n: Int) in n * 2 })
    try await withWorkflow { workflow in
      let first = try workflow.pass("first", Int.self)
      let double = try workflow.addStage(stage)
      try workflow.link(first, to: double)
      return double
    } use: { workflow, double in
      let (inside, alone) = (try await workflow.submit(4).output(of: double), try await stage.run(5))
      #expect(inside == 8 && alone == 10)
    }
    try await stage.close()
  }
}
