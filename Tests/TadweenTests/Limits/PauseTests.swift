import Testing

@testable import Tadween

/// A stage that is held up from outside.
@Suite("pause and resume", .timeLimit(.minutes(1))) struct PauseTests {
  @Test(
    "a paused stage begins nothing, lets what runs finish, and goes on when it is resumed",
    arguments: BrokerKind.allCases, [true, false])
  func pause(_ kind: BrokerKind, hasGates: Bool) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 8])
    let options = StageOptions(taskQueue: .concurrent(2), demands: hasGates ? ["cuda": 1] : .none)
    let a = try workflow.addStage("a", options: options) { (n: Int) in
      if n == 0 { try await gate.pass() }
      journal.write("a\(n)")
      return n
    }
    let b = try workflow.addStage("b") { (n: Int) in journal.write("b\(n)") }
    try workflow.link(a, to: b)
    try await workflow.build()
    let first = try await workflow.submit(0)
    await gate.arrivals(1)
    try workflow.pause("a", by: "ops")
    try workflow.pause("a", by: "somebody else")
    let rest = try await workflow.submit(contentsOf: 1..<4)
    let stage = try workflow.engine.stages[0]
    await eventually { stage.load == (3, 1) }
    gate.open()
    try await first.completion()
    #expect(journal.lines == ["a0", "b0"])
    try workflow.resume("a")
    for run in rest { try await run.completion() }
    try workflow.resume("a")
    #expect(journal.lines.count == 8)
    try await workflow.close()
  }

  @Test("a stage that no workflow has cannot be paused, and the error names those that there are")
  func unknown() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      let error = try await tadweenError { try workflow.pause("b") }
      #expect(error.code == .invalidArgument && error.message.contains("\"b\"") && error.message.contains("\"a\""))
    }
  }
}
