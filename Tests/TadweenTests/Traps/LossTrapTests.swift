import TadweenTesting
import Testing

@testable import Tadween

/// Traps in which a message is lost, or never let go.
@Suite(.timeLimit(.minutes(1))) struct LossTrapTests {
  enum Place: CaseIterable { case intercept, onQueued, resolveInput, onRunning, handler, onDone, onSuccess }

  /// A stage that throws in one place, and a stage that takes its failure.
  private func throwing(in place: Place, retry: RetryPolicy, _ kind: BrokerKind) async throws -> [String] {
    let journal = Journal()
    @Sendable func pass(_ here: Place, _ attempt: Int) throws {
      if here == place, attempt < 2 { throw Trouble("thrown in \(place)") }
    }
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { _, context in
        try pass(.intercept, context.attempt)
        return .process
      }
      .onQueued { _, context in try pass(.onQueued, context.attempt) }
      .resolveInput { message, context in
        try pass(.resolveInput, context.attempt)
        return try message.payload.converted(to: Int.self)
      }
      .onRunning { _, context in try pass(.onRunning, context.attempt) }
      .onDone { _, context in try pass(.onDone, context.attempt) }
      .onSuccess { _, _, context in try pass(.onSuccess, context.attempt) }
    try await withWorkflow(kind) { workflow in
      let stage = try workflow.addStage("stage", policy: policy, options: .init(retry: retry)) {
        (n: Int, context: HandlerContext) in
        try pass(.handler, context.attempt)
        return n
      }
      let kept = try workflow.addStage("kept") { (failure: Failure) in journal.write("kept: \(failure)") }
      let next = try workflow.addStage("next") { (n: Int) in journal.write("next: \(n)") }
      try workflow.link(stage, to: next)
      try workflow.link(failureOf: stage, to: kept)
    } use: { workflow, _ in
      _ = try await workflow.submit(7).end()
    }
    return journal.lines
  }

  @Test("trap 3: whatever throws, the failure is kept", arguments: Place.allCases, BrokerKind.allCases)
  func kept(_ place: Place, _ kind: BrokerKind) async throws {
    let lines = try await throwing(in: place, retry: .none, kind)
    #expect(lines.count == 1 && lines[0].hasPrefix("kept: ") && lines[0].contains("thrown in \(place)"))
  }

  @Test(
    "trap 3: or the message is tried again, with what it had; but for an input that does not fit (R10)",
    arguments: Place.allCases.filter { $0 != .resolveInput }, BrokerKind.allCases)
  func again(_ place: Place, _ kind: BrokerKind) async throws {
    let retry = RetryPolicy.custom { $0.attempt < 3 ? .retry(after: .zero) : .fail }
    let lines = try await throwing(in: place, retry: retry, kind)
    #expect(lines == ["next: 7"])
  }

  @Test("trap 6: a timeout is seen at the deadline, and the message goes on", arguments: BrokerKind.allCases)
  func timeout(_ kind: BrokerKind) async throws {
    let (wall, clock, journal) = (Wall(), TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), timeout: .seconds(1))
      let again = try workflow.addStage("again", options: options) { (n: Int, context: HandlerContext) in
        if context.attempt == 1 { await wall.stand() }
        return n
      }
      let once = try workflow.addStage("once", options: .init(timeout: .seconds(1))) { (_: Int) in await wall.stand() }
      let kept = try workflow.addStage("kept") { (failure: Failure) in journal.write("\(failure.kind)") }
      try workflow.link(failureOf: once, to: kept)
      return (again, once)
    } use: { workflow, stages in
      let retried = try await workflow.submit(7, to: stages.0)
      let failed = try await workflow.submit(7, to: stages.1)
      await wall.arrivals(2)
      try await clock.waitForSleepers(2)
      clock.advance(by: .seconds(1))
      // Neither handler has returned.
      try await failed.completion()
      #expect(journal.lines == ["timeout"] && retried.outcome == nil)
      wall.tearDown()
      #expect(try await retried.output(of: stages.0) == 7)
    }
    #expect(journal.lines == ["timeout"])
  }

  /// Says when it goes.
  private final class Item: Sendable {
    let alive: Locked<Int>
    init(_ alive: Locked<Int>) {
      self.alive = alive
      alive.withLock { $0 += 1 }
    }
    deinit { alive.withLock { $0 -= 1 } }
  }

  @Test("trap 7: nothing is kept of a message that is done, nor of its id after a while", arguments: [true, false])
  func pruned(hasID: Bool) async throws {
    let alive = Locked(0)
    let broker = InMemoryBroker(remembered: 10)
    let workflow = Workflow(name: "test", broker: broker, resources: ["cuda": 2])
    let options = StageOptions(
      taskQueue: .concurrent(2), demands: ["cuda": 1], queueTimeout: .seconds(600),
      concurrencyKey: ConcurrencyKey { (item: Item) in "\(ObjectIdentifier(item))" })
    let first = try workflow.addStage("first", options: options) { (item: Item) in item }
    let second = try workflow.addStage("second", options: .init(timeout: .seconds(600))) { (_: Item) in }
    try workflow.link(first, to: second)
    try await workflow.build()
    for n in 0..<300 {
      try await workflow.submit(Item(alive), id: hasID ? "\(n)" : nil).completion()
    }
    let engine = try workflow.engine
    await eventually { alive.withLock { $0 } <= (hasID ? 10 : 0) }
    // Its worker leaves after the last run is complete.
    await eventually { engine.stages.allSatisfy { $0.load == (0, 0) } }
    #expect(workflow.resources[0].holders.isEmpty)
    // An id that was forgotten may be used anew; one that is remembered may not, for another payload.
    if hasID {
      try await workflow.submit(Item(alive), id: "0").completion()
      let error = try await tadweenError { _ = try await workflow.submit(Item(alive), id: "299") }
      #expect(error.code == .idConflict)
    }
    try await workflow.close()
  }
}
