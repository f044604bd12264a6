import TadweenTesting
import Testing

@testable import Tadween

/// A stage begins no more attempts than its rate allows.
@Suite("rate limit", .timeLimit(.minutes(1))) struct RateTests {
  @Test("so many at once, then evenly", arguments: BrokerKind.allCases)
  func evenly(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      let rate = RateLimit(2, per: .seconds(1), burst: 3)
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(8), rate: rate)) { (n: Int) in
        journal.write("\(n)")
      }
    } use: { workflow, _ in
      let runs = try await workflow.submit(contentsOf: 0..<6)
      try await journal.wait(forLines: 3)
      for count in 4...6 {
        try await clock.waitForSleepers(1)
        clock.advance(by: .milliseconds(499))
        for _ in 0..<20 { await Task.yield() }
        #expect(journal.lines.count == count - 1)
        clock.advance(by: .milliseconds(1))
        try await journal.wait(forLines: count)
      }
      for run in runs { try await run.completion() }
    }
  }

  @Test("retries count, and a quiet time saves no more than the burst")
  func burst() async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(clock: clock) { workflow in
      let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), rate: RateLimit(1, per: .seconds(10), burst: 2))
      try workflow.addStage("a", options: options) { (n: Int, context: HandlerContext) in
        journal.write("\(n).\(context.attempt)")
        if context.attempt == 1 { throw Trouble("once more") }
      }
    } use: { workflow, _ in
      clock.advance(by: .seconds(1_000))
      let runs = try await workflow.submit(contentsOf: 0..<2)
      try await journal.wait(forLines: 2)
      for count in 3...4 {
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(10))
        try await journal.wait(forLines: count)
      }
      for run in runs { try await run.completion() }
    }
    #expect(Set(journal.lines) == ["0.1", "1.1", "0.2", "1.2"])
  }
}
