import TadweenTesting
import Testing

@testable import Tadween

/// Rule R13, where a message waits.
@Suite("R13: waiting in the queue", .timeLimit(.minutes(1))) struct QueueTimeoutTests {
  @Test("a message that waits too long fails, though every worker is busy", arguments: BrokerKind.allCases)
  func waits(_ kind: BrokerKind) async throws {
    let (gate, clock, journal) = (Gate(), TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      let policy = StagePolicyBuilder<Int, Void>()
        .onError { error, message, _ in journal.write("\(error.failure.kind) \(message.payload)") }
      try workflow.addStage("a", policy: policy, options: .init(queueTimeout: .seconds(5))) { (_: Int) in
        try await gate.pass()
      }
    } use: { workflow, _ in
      let first = try await workflow.submit(1)
      await gate.arrivals(1)
      let second = try await workflow.submit(2)
      let stage = try workflow.engine.stages[0]
      await eventually { stage.load == (1, 1) }
      clock.advance(by: .seconds(5))
      let error = try await tadweenError { try await second.completion() }
      #expect(error.failures.map(\.kind) == [.queueTimeout] && error.description.contains("5.0 seconds"))
      try await journal.wait(forLines: 1)
      gate.open()
      try await first.completion()
    }
    #expect(journal.lines.count == 1)
  }

  @Test("a failure link takes it")
  func caught() async throws {
    let (gate, clock, journal) = (Gate(), TestClock(), Journal())
    try await withWorkflow(clock: clock) { workflow in
      let a = try workflow.addStage("a", options: .init(queueTimeout: .seconds(5))) { (_: Int) in
        try await gate.pass()
      }
      let late = try workflow.addStage("late") { (failure: Failure) in journal.write("\(failure.kind)") }
      try workflow.link(failureOf: a, to: late)
    } use: { workflow, _ in
      _ = try await workflow.submit(1)
      await gate.arrivals(1)
      let second = try await workflow.submit(2)
      let stage = try workflow.engine.stages[0]
      await eventually { stage.load == (1, 1) }
      clock.advance(by: .seconds(5))
      try await second.completion()
      gate.open()
    }
    #expect(journal.lines == ["queueTimeout"])
  }
}
