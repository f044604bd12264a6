import TadweenTesting
import Testing

@testable import Tadween

/// Rule R19: messages of one key go one after the other, in the order in which they arrived at the stage.
@Suite("R19: order by key", .timeLimit(.minutes(1))) struct KeyTests {
  @Test(
    "each key's messages are handled in order, one at a time, however many workers there are",
    arguments: BrokerKind.allCases, [true, false])
  func order(_ kind: BrokerKind, hasPolicy: Bool) async throws {
    let journals = (0..<3).map { _ in Journal() }
    try await withWorkflow(kind) { workflow in
      let options = StageOptions(
        taskQueue: .concurrent(4), retry: .fixed(.zero, maxAttempts: 2),
        concurrencyKey: ConcurrencyKey { (n: Int) in "\(n % 3)" })
      let body = { @Sendable (n: Int, context: HandlerContext) in
        journals[n % 3].write("\(n) begins")
        for _ in 0..<(n % 5) { await Task.yield() }
        journals[n % 3].write("\(n) ends")
        if n % 7 == 0, context.attempt == 1 { throw Trouble("once more") }
      }
      if hasPolicy {
        try workflow.addStage("a", policy: StagePolicyBuilder<Int, Void>(), options: options, body)
      } else {
        try workflow.addStage("a", options: options, body)
      }
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: 0..<60) { try await run.completion() }
    }
    for key in 0..<3 {
      let expected = stride(from: key, to: 60, by: 3).flatMap { n in
        Array(repeating: ["\(n) begins", "\(n) ends"], count: n % 7 == 0 ? 2 : 1).flatMap { $0 }
      }
      #expect(journals[key].lines == expected)
    }
  }

  @Test(
    "a message that waits for a retry keeps its key, or lets the others pass, as it is told",
    arguments: [ConcurrencyKey.Hold.strict, .relaxed])
  func hold(_ hold: ConcurrencyKey.Hold) async throws {
    let (clock, journal) = (TestClock(), Journal())
    let workflow = Workflow(name: "test", clock: clock)
    let options = StageOptions(
      retry: .fixed(.seconds(10), maxAttempts: 2), concurrencyKey: ConcurrencyKey(hold) { (_: Int) in "all" })
    try workflow.addStage("a", options: options) { (n: Int, context: HandlerContext) in
      journal.write("\(n).\(context.attempt)")
      if n == 0, context.attempt == 1 { throw Trouble("once more") }
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3)
    try await clock.waitForSleepers(1)
    if hold == .relaxed { try await journal.wait(forLines: 3) }
    clock.advance(by: .seconds(10))
    for run in runs { try await run.completion() }
    #expect(journal.lines == (hold == .strict ? ["0.1", "0.2", "1.1", "2.1"] : ["0.1", "1.1", "2.1", "0.2"]))
    try await workflow.close()
  }

  @Test("a key that allows two has two under way, and other keys do not wait for it")
  func limit() async throws {
    let (gate, journal) = (Gate(), Journal())
    try await withWorkflow { workflow in
      let key = ConcurrencyKey(limit: 2) { (n: Int) in n < 10 ? "slow" : "quick" }
      try workflow.addStage("a", options: .init(taskQueue: .concurrent(8), concurrencyKey: key)) { (n: Int) in
        if n < 10 { try await gate.pass() }
        journal.write("\(n)")
      }
    } use: { workflow, _ in
      let slow = try await workflow.submit(contentsOf: 0..<5)
      let quick = try await workflow.submit(contentsOf: 10..<15)
      await gate.arrivals(2)
      for run in quick { try await run.completion() }
      #expect(gate.arrived == 2)
      gate.open()
      for run in slow { try await run.completion() }
    }
    #expect(Set(journal.lines.suffix(5)) == Set((0..<5).map(String.init)))
  }

  @Test("a run that is cancelled while it holds or waits for a key lets the next one pass")
  func cancelled() async throws {
    let (clock, journal) = (TestClock(), Journal())
    let workflow = Workflow(name: "test", clock: clock)
    let options = StageOptions(
      retry: .fixed(.seconds(10), maxAttempts: 2), concurrencyKey: ConcurrencyKey { (_: Int) in "all" })
    try workflow.addStage("a", options: options) { (n: Int) in
      journal.write("\(n)")
      if n == 0 { throw Trouble("once more") }
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3)
    try await clock.waitForSleepers(1)
    try await runs[1].cancel()
    try await runs[0].cancel()
    try await runs[2].completion()
    #expect(journal.lines == ["0", "2"])
    try await workflow.close()
  }

  @Test("a payload that the key cannot be read from fails its own message alone")
  func mismatch() async throws {
    try await withWorkflow { workflow in
      let key = ConcurrencyKey { (n: Int) in "\(n)" }
      try workflow.addStage("a", options: .init(concurrencyKey: key)) { (text: String) in text }
    } use: { workflow, _ in
      let end = try await workflow.submit("one").end()
      guard case .failed(let failures) = end.outcome else { return #expect(Bool(false), "\(end)") }
      #expect(failures.map(\.kind) == [.inputValidation])
    }
  }
}
