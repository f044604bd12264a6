import InMemoryTracing
import MetricsTestKit
import Testing
import Tracing

@testable import Tadween

/// Stages whose messages wait at gates, and those that take several at once, are observed as all others.
@Suite(.timeLimit(.minutes(1))) struct GatedObservationTests {
  private let tracer = InMemoryTracer()
  private let metrics = TestMetrics()

  private func spans(_ name: String) -> [FinishedInMemorySpan] {
    tracer.finishedSpans.filter { $0.operationName == name }
  }

  private func total(_ label: String) -> Int64 { metrics.counterTotal(label: label) }

  private func workflow() -> Workflow {
    Workflow(
      name: "gated", resources: ["cuda": 1], logger: .silent, observation: .init(metrics: metrics, tracer: tracer))
  }

  @Test func whatEndsBeforeTheGatesAndWhatIsCancelledThereIsSeen() async throws {
    let workflow = workflow()
    let gate = Gate()
    let policy = StagePolicyBuilder<Int, Int>()
      .intercept { message, _ in message.payload.value() == 9 ? .skip(with: 0, reason: "known") : .process }
    let a = try workflow.addStage("a", policy: policy, options: .init(taskQueue: .concurrent(2), demands: ["cuda": 1]))
    {
      (n: Int) in
      try await gate.pass()
      return n
    }
    try await workflow.build()
    let running = try await workflow.submit(1, to: a)
    await gate.arrivals(1)
    let waiting = try await workflow.submit(2, to: a)
    try await workflow.submit(9, to: a).completion()
    try await waiting.cancel()
    _ = try await waiting.end()
    gate.open()
    try await running.completion()
    await eventually { total("tadween_stage_cancelled") == 1 && total("tadween_stage_succeeded") == 2 }
    let stage = try workflow.snapshot().stages[0]
    #expect(stage.received == 3 && stage.succeeded == 2 && stage.cancelled == 1 && stage.waiting == 0)
    #expect(spans("process a").count == 2)
    #expect(tracer.activeSpans.isEmpty)
    try await workflow.close()
  }

  @Test func eachMemberOfABatchHasASpanAndItsTimes() async throws {
    let workflow = workflow()
    let a = try workflow.addStage("a", batch: Passing(), BatchWindow(upTo: 3, within: .seconds(60)))
    try await workflow.build()
    let listener = try workflow.engine.listen(limit: 1_000)
    let runs = try await workflow.submit(contentsOf: 0..<3, to: a)
    for run in runs { try await run.completion() }
    #expect(Set(spans("process a").map(\.traceID)).count == 3)
    try await workflow.close()
    #expect(metrics.timers(label: "tadween_stage_run_duration").map(\.values.count) == [3])
    #expect(metrics.timers(label: "tadween_stage_wait_duration").map(\.values.count) == [3])
    var words: [String] = []
    while true {
      let pieces = await listener.next()
      if pieces.isEmpty { break }
      words += pieces.joined().map(EventTests.word)
    }
    #expect(words.count { $0 == "started a" } == 3 && words.count { $0 == "succeeded a" } == 3)
  }
}

private struct Passing: BatchHandler {
  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    inputs.map { .success($0) }
  }
}
