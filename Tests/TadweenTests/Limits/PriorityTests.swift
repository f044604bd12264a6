import Testing

@testable import Tadween

/// What is urgent goes first, wherever something waits.
@Suite("priority", .timeLimit(.minutes(1))) struct PriorityTests {
  enum Kind: CaseIterable, Sendable { case plain, policy, gates }

  @Test(
    "the most urgent first, and within one priority the order of arrival",
    arguments: BrokerKind.allCases, Kind.allCases)
  func order(_ broker: BrokerKind, _ kind: Kind) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "test", broker: broker.make(), resources: ["cuda": 1])
    let body = { @Sendable (n: Int) in
      try await gate.pass()
      journal.write("\(n)")
    }
    switch kind {
    case .plain: try workflow.addStage("a", body)
    case .policy: try workflow.addStage("a", policy: StagePolicyBuilder<Int, Void>(), body)
    case .gates: try workflow.addStage("a", options: .init(demands: ["cuda": 1]), body)
    }
    try await workflow.build()
    var runs = [try await workflow.submit(0)]
    await gate.arrivals(1)
    for (n, priority) in [0, 5, -1, 5, 0, 9, -1].enumerated() {
      runs.append(try await workflow.submit(n + 1, priority: priority))
    }
    let stage = try workflow.engine.stages[0]
    await eventually { stage.load == (7, 1) }
    gate.open()
    for run in runs { try await run.completion() }
    #expect(journal.lines == ["0", "6", "2", "4", "1", "5", "3", "7"])
    try await workflow.close()
  }

  /// Where messages are handed over: one that is received may come after the worker has taken the next.
  @Test("what follows from a run has its priority, retries too") func follows() async throws {
    let (gate, journal) = (Gate(), Journal())
    try await withWorkflow { workflow in
      let first = try workflow.addStage("first", options: .init(taskQueue: .concurrent(8))) { (n: Int) in n }
      // With a deadline a worker takes one message at a time, and no batch of what is equally quick.
      let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), timeout: .seconds(60))
      let second = try workflow.addStage("second", options: options) { (n: Int, context: HandlerContext) in
        try await gate.pass()
        if context.attempt == 1 { throw Trouble("once more") }
        journal.write("\(n)")
      }
      try workflow.link(first, to: second)
    } use: { workflow, _ in
      var runs = [try await workflow.submit(0)]
      await gate.arrivals(1)
      for n in 1..<4 { runs.append(try await workflow.submit(n, priority: n)) }
      let stage = try workflow.engine.stages[1]
      await eventually { stage.load == (3, 1) }
      gate.open()
      for run in runs { try await run.completion() }
    }
    #expect(journal.lines == ["3", "2", "1", "0"])
  }
}
