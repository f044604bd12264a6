import Tadween
import Testing

/// Traps in who waits for whom.
@Suite(.timeLimit(.minutes(1))) struct WaitingTrapTests {
  @Test("trap 8: one message that waits does not hold up its stage", arguments: BrokerKind.allCases)
  func oneWaits(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let done = Journal()
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("stage", options: .init(taskQueue: .concurrent(2))) { (n: Int) in
        if n == 150 { try await gate.pass() }
        done.write("done")
      }
    } use: { workflow, _ in
      // Quick before and after it, so that it may be taken as part of a batch.
      let runs = try await workflow.submit(contentsOf: 0..<300)
      try await done.wait(for: "done", times: 299)
      for (n, run) in runs.enumerated() where n != 150 { try await run.completion() }
      #expect(runs[150].outcome == nil)
      gate.open()
      try await runs[150].completion()
    }
  }

  @Test("trap 8: one full stage holds up nobody but its publishers", arguments: BrokerKind.allCases)
  func oneIsFull(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let fed = Journal()
    try await withWorkflow(kind) { workflow in
      let feeder = try workflow.addStage("feeder") { (n: Int) in
        fed.write("fed")
        return n
      }
      let full = try workflow.addStage("full", options: .init(queueBound: 1)) { (_: Int) in try await gate.pass() }
      let other = try workflow.pass("other", Int.self)
      let end = try workflow.pass("end", Int.self)
      try workflow.link(feeder, to: full)
      try workflow.link(other, to: end)
      try workflow.setEntryPoint(feeder)
      return (feeder, other, end)
    } use: { workflow, stages in
      let (feeder, other, end) = stages
      for n in 0..<20 { _ = try await workflow.submit(n, to: feeder) }
      // One runs, one waits, and the feeder holds the third.
      try await fed.wait(for: "fed", times: 3)
      for n in 0..<100 { #expect(try await workflow.submit(n, to: other).output(of: end) == n) }
      #expect(fed.lines.count == 3)
      gate.open()
      try await workflow.waitUntilIdle()
      #expect(fed.lines.count == 20)
    }
  }
}
