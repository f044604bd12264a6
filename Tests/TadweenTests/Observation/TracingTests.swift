import InMemoryTracing
import TadweenTesting
import Testing
import Tracing

@testable import Tadween

/// A run is one trace: a span of its submission, and one of each attempt.
@Suite(.timeLimit(.minutes(1))) struct TracingTests {
  private let tracer = InMemoryTracer()

  private func workflow(
    _ broker: BrokerKind = .inMemory, clock: any Clock<Duration> = ContinuousClock()
  ) -> Workflow {
    Workflow(name: "traced", broker: broker.make(), clock: clock, logger: .silent, observation: .init(tracer: tracer))
  }

  private func spans(_ name: String) -> [FinishedInMemorySpan] {
    tracer.finishedSpans.filter { $0.operationName == name }
  }

  private func text(_ span: FinishedInMemorySpan, _ name: String) -> String? {
    guard case .string(let text) = span.attributes.get(name) else { return nil }
    return text
  }

  private func links(_ span: FinishedInMemorySpan) -> Set<String> {
    Set(span.links.compactMap { $0.context.inMemorySpanContext?.spanID })
  }

  @Test(arguments: BrokerKind.allCases) func everySpanOfARunIsInTheCallersTrace(_ kind: BrokerKind) async throws {
    let workflow = workflow(kind)
    let a = try workflow.pass("a", Int.self)
    let b = try workflow.pass("b", Int.self)
    try workflow.link(a, to: b)
    try await workflow.build()
    let caller = tracer.startSpan("caller")
    let run = try await ServiceContext.withValue(caller.context) { try await workflow.submit(1, to: a) }
    try await run.completion()
    caller.end()
    let submission = try #require(spans("submit traced").first)
    #expect(submission.parentSpanID == caller.spanID)
    #expect(submission.kind == .producer)
    for stage in ["a", "b"] {
      let span = try #require(spans("process \(stage)").first)
      #expect(span.traceID == caller.traceID)
      #expect(span.parentSpanID == submission.spanID)
      #expect(span.kind == .consumer)
      #expect(text(span, "tadween.workflow") == "traced")
      #expect(text(span, "tadween.stage") == stage)
      #expect(text(span, "tadween.run") == "\(run.id)")
      #expect(text(span, "tadween.outcome") == "succeeded")
      #expect(span.attributes.get("tadween.attempt") == .int64(1))
      #expect(span.status == nil)
    }
    #expect(links(try #require(spans("process a").first)).isEmpty)
    #expect(links(try #require(spans("process b").first)) == [spans("process a")[0].spanID])
    try await workflow.close()
  }

  @Test func runsWithoutACallerAreTracesOfTheirOwn() async throws {
    let workflow = workflow()
    let a = try workflow.pass("a", Int.self)
    try await workflow.build()
    for run in try await workflow.submit(contentsOf: 0..<3, to: a) { try await run.completion() }
    #expect(Set(spans("process a").map(\.traceID)).count == 3)
    #expect(Set(spans("submit traced").map(\.traceID)) == Set(spans("process a").map(\.traceID)))
    try await workflow.close()
  }

  /// What a message from elsewhere brought along goes on, where nobody's span is current.
  @Test func aTraceInTheMetadataIsContinued() async throws {
    let workflow = workflow()
    let a = try workflow.pass("a", Int.self)
    try await workflow.build()
    let metadata: Metadata = [
      MetadataKey(InMemoryTracer.traceIDKey): "elsewhere", MetadataKey(InMemoryTracer.spanIDKey): "sender",
    ]
    try await workflow.submit(1, to: a, metadata: metadata).completion()
    #expect(spans("submit traced").first?.parentSpanID == "sender")
    #expect(spans("process a").first?.traceID == "elsewhere")
    try await workflow.close()
  }

  @Test func aJoinIsLinkedToAllItsParentsAndAGatherToItsItems() async throws {
    let workflow = workflow()
    let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
    let item = try workflow.pass("item", Int.self)
    let sum = try workflow.addStage("sum") { (all: [Int]) in all.reduce(0, +) }
    let other = try workflow.addStage("other") { (all: [Int]) in all.count }
    let both = try workflow.addStage("both") { (n: Int) in n }
    try workflow.link(split, toEach: item)
    try workflow.gather(item, into: sum)
    try workflow.link(split, to: other)
    try workflow.join(sum, other, into: both) { $0 + $1 }
    try await workflow.build()
    try await workflow.submit(3, to: split).completion()
    let items = spans("process item")
    #expect(Set(items.map { text($0, "tadween.scope") }) == ["[0]", "[1]", "[2]"])
    for item in items { #expect(links(item) == Set(spans("process split").map(\.spanID))) }
    #expect(links(try #require(spans("process sum").first)) == Set(items.map(\.spanID)))
    let parents = spans("process sum") + spans("process other")
    #expect(links(try #require(spans("process both").first)) == Set(parents.map(\.spanID)))
    try await workflow.close()
  }

  @Test func eachAttemptHasASpanAndAFailureItsStatus() async throws {
    let workflow = workflow()
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
      (n: Int) -> Int in throw Trouble("broken")
    }
    try await workflow.build()
    _ = try await workflow.submit(1, to: a).end()
    let attempts = spans("process a")
    #expect(attempts.map { text($0, "tadween.outcome") } == ["retried", "failed"])
    #expect(attempts.map { $0.attributes.get("tadween.attempt") } == [.int64(1), .int64(2)])
    #expect(attempts.allSatisfy { $0.status?.code == .error && $0.status?.message == "handler" })
    #expect(attempts.map(\.errors.count) == [1, 1])
    #expect(links(attempts[1]) == [attempts[0].spanID])
    try await workflow.close()
  }

  /// The span ends at the deadline, not when the handler deigns to return.
  @Test func anAttemptsSpanEndsAtItsDeadline() async throws {
    let clock = TestClock()
    let workflow = workflow(clock: clock)
    let wall = Wall()
    let a = try workflow.addStage("a", options: .init(timeout: .seconds(5))) { (n: Int) in
      await wall.stand()
      return n
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    _ = try await run.end()
    let span = try #require(spans("process a").first)
    #expect(span.status?.message == "timeout")
    #expect(text(span, "tadween.outcome") == "failed")
    wall.tearDown()
    try await workflow.close()
    #expect(spans("process a").count == 1)
  }

  @Test func handlersAndHooksRunInTheirSpansContext() async throws {
    let workflow = workflow()
    let journal = Journal()
    @Sendable func note(_ who: String) {
      journal.write("\(who) \(ServiceContext.current?.inMemorySpanContext?.spanID ?? "-")")
    }
    let policy = StagePolicyBuilder<Int, Int>().onRunning { _, _ in note("hook") }
    let a = try workflow.addStage("a", policy: policy) { (n: Int) in
      note("handler")
      return n
    }
    try await workflow.build()
    try await workflow.submit(1, to: a).completion()
    let id = try #require(spans("process a").first).spanID
    #expect(journal.lines == ["hook \(id)", "handler \(id)"])
    try await workflow.close()
  }

  @Test func nothingIsKeptOfRunsThatAreComplete() async throws {
    let workflow = workflow()
    let gate = Gate()
    let a = try workflow.addStage("a") { (n: Int) in
      try await gate.pass()
      return n
    }
    let b = try workflow.pass("b", Int.self)
    try workflow.link(a, to: b)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3, to: a)
    await gate.arrivals(1)
    for run in runs.dropFirst() { try await run.cancel() }
    gate.open()
    for run in runs { _ = try await run.end() }
    let tracing = try #require(try workflow.engine.tracing)
    // Those that were cancelled while they waited are taken up and dropped by and by.
    await eventually { tracing.isEmpty && tracer.activeSpans.isEmpty }
    #expect(try workflow.snapshot().stages[0].cancelled == 2)
    try await workflow.close()
  }

  @Test func aSubmissionThatIsRefusedHasAFailedSpan() async throws {
    let workflow = workflow()
    let a = try workflow.pass("a", Int.self)
    try await workflow.build()
    let first = try await workflow.submit(1, to: a, id: "x")
    _ = try await workflow.submit(1, to: a, id: "x")
    _ = try await tadweenError { _ = try await workflow.submit(2, to: a, id: "x") }
    let submissions = spans("submit traced")
    #expect(submissions.map { text($0, "tadween.existing_run") } == [nil, "\(first.id)", nil])
    #expect(submissions.map(\.status?.code) == [nil, nil, .error])
    try await workflow.close()
  }
}
