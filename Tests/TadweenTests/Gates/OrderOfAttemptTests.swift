import TadweenTesting
import Testing

@testable import Tadween

/// Rule R14: intercept, then the gates, then the input, then the handler.
@Suite("R14: the order of one attempt", .timeLimit(.minutes(1))) struct OrderOfAttemptTests {
  @Test("trap 1: what its policy skips never waits for a unit, a key or a token", arguments: BrokerKind.allCases)
  func skipped(_ kind: BrokerKind) async throws {
    let (gate, clock) = (Gate(), TestClock())
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 1], clock: clock)
    let policy = StagePolicyBuilder<Int, Int>().intercept { message, _ in
      try message.payload.converted(to: Int.self) == 0 ? .process : .skip(with: -1, reason: "known")
    }
    let options = StageOptions(
      demands: ["cuda": 1], rate: RateLimit(1, per: .seconds(60)), concurrencyKey: ConcurrencyKey { (_: Int) in "all" })
    let a = try workflow.addStage("a", policy: policy, options: options) { (n: Int) in
      try await gate.pass()
      return n
    }
    try await workflow.build()
    let holder = try await workflow.submit(0)
    await gate.arrivals(1)
    // The only worker is in the handler's hands: a second one would be needed to see that they do not wait.
    gate.open()
    try await holder.completion()
    let waiting = try await workflow.submit(0)
    for run in try await workflow.submit(contentsOf: 1..<50) { #expect(try await run.output(of: a) == -1) }
    #expect(waiting.outcome == nil)
    clock.advance(by: .seconds(60))
    try await waiting.completion()
    try await workflow.close()
  }

  @Test("each step of an attempt comes in its place, and interception once", arguments: BrokerKind.allCases)
  func steps(_ kind: BrokerKind) async throws {
    let journal = Journal()
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 1])
    let free = { @Sendable in "\(workflow.resources.first?.free ?? -1) free" }
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { _, context in
        journal.write("\(context.attempt) intercept, \(free())")
        return .process
      }
      .onQueued { _, _ in journal.write("onQueued, \(free())") }
      .resolveInput { message, _ in
        journal.write("resolve, \(free())")
        return 1
      }
      .onRunning { _, _ in journal.write("onRunning, \(free())") }
      .onDone { _, _ in journal.write("onDone, \(free())") }
      .onSuccess { _, _, _ in journal.write("onSuccess, \(free())") }
      .onError { _, _, _ in journal.write("onError, \(free())") }
    let options = StageOptions(demands: ["cuda": 1], retry: .fixed(.zero, maxAttempts: 2))
    try workflow.addStage("a", policy: policy, options: options) { (n: Int, context: HandlerContext) in
      journal.write("handler, \(free())")
      if context.attempt == 1 { throw Trouble("once more") }
      return n
    }
    try await workflow.build()
    try await workflow.submit(0).completion()
    let before = ["onQueued, 1 free", "resolve, 0 free", "onRunning, 0 free", "handler, 0 free", "onDone, 1 free"]
    #expect(
      journal.lines == ["1 intercept, 1 free"] + before + ["onError, 1 free", "2 intercept, 1 free"] + before + [
        "onSuccess, 1 free"
      ])
    try await workflow.close()
  }
}
