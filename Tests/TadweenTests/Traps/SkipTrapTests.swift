import Tadween
import Testing

/// Trap 1: what is skipped is not to wait for what only the handler needs.
@Suite(.timeLimit(.minutes(1))) struct SkipTrapTests {
  @Test("trap 1: a skipped message costs no input and no handler", arguments: BrokerKind.allCases)
  func costsNothing(_ kind: BrokerKind) async throws {
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { _, _ in .skip(with: 7, reason: "known") }
      .resolveInput { _, _ in throw Trouble("the input was loaded") }
      .onRunning { _, _ in throw Trouble("it ran") }
    try await withWorkflow(kind) { workflow in
      let stage = try workflow.addStage("stage", policy: policy) { (_: Int) -> Int in throw Trouble("it was called") }
      let end = try workflow.pass("end", Int.self)
      try workflow.link(stage, to: end)
      return end
    } use: { workflow, end in
      // A payload that could never become the input.
      let run = try await workflow.submit("no number")
      #expect(try await run.output(of: end) == 7)
    }
  }

  @Test("trap 1: a skipped message does not wait while another one runs, or is about to", arguments: [true, false])
  func doesNotWait(_ holdsInHook: Bool) async throws {
    let gate = Gate()
    var hooks = Hooks<Int>(journal: Journal())
    hooks.interception = { message in
      message.payload.value(as: Int.self) == 0 ? .process : .skip(with: -1, reason: "known")
    }
    hooks.running = { _ in if holdsInHook { try await gate.pass() } }
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: hooks, options: .init(taskQueue: .concurrent(2))) { (n: Int) in
        if !holdsInHook { try await gate.pass() }
        return n
      }
    } use: { workflow, stage in
      let slow = try await workflow.submit(0)
      await gate.arrivals(1)
      for n in 1...50 { #expect(try await workflow.submit(n).output(of: stage) == -1) }
      #expect(slow.outcome == nil)
      gate.open()
      #expect(try await slow.output(of: stage) == 0)
    }
  }
}
