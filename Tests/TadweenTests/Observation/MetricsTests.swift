import MetricsTestKit
import TadweenTesting
import Testing

@testable import Tadween

/// Each stage's measurements, as a backend gets them.
@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
  private let metrics = TestMetrics()

  private func workflow(
    _ broker: BrokerKind = .inMemory, clock: any Clock<Duration> = ContinuousClock()
  ) -> Workflow {
    Workflow(
      name: "measured", broker: broker.make(), clock: clock, logger: .silent, observation: .init(metrics: metrics))
  }

  private func total(_ label: String, _ stage: String) -> Int64 {
    metrics.counterTotal(label: label, dimensions: [("workflow", "measured"), ("stage", stage)])
  }

  private func level(_ label: String, _ stage: String) -> Double {
    metrics.meters(label: label, dimensions: [("workflow", "measured"), ("stage", stage)]).first?.lastValue ?? 0
  }

  private func times(_ label: String, _ stage: String) -> [Int64] {
    metrics.timers(label: label, dimensions: [("workflow", "measured"), ("stage", stage)]).first?.values ?? []
  }

  @Test(arguments: BrokerKind.allCases) func eachStageCountsWhatComesAndHowItEnds(_ kind: BrokerKind) async throws {
    let workflow = workflow(kind)
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.zero, maxAttempts: 2))) {
      (n: Int, context: HandlerContext) in
      if n == 1 || (n == 2 && context.attempt == 1) { throw Trouble("\(n)") }
      return n
    }
    let skip = StagePolicyBuilder<Int, Int>().intercept { _, _ in .cancel(reason: "not wanted") }
    let b = try workflow.addStage("b", policy: skip) { (n: Int) in n }
    try workflow.link(a, to: b)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<5, to: a)
    for run in runs { _ = try await run.end() }
    await eventually { total("tadween_stage_not_taken", "b") == 4 }
    #expect(total("tadween_stage_received", "a") == 5)
    #expect(total("tadween_stage_succeeded", "a") == 4)
    #expect(total("tadween_stage_failed", "a") == 1)
    #expect(total("tadween_stage_retried", "a") == 2)
    #expect(total("tadween_stage_received", "b") == 4)
    #expect(total("tadween_stage_succeeded", "b") == 0)
    await eventually { times("tadween_stage_run_duration", "a").count == 7 }
    #expect(times("tadween_stage_wait_duration", "a").count == 7)
    try await workflow.close()
  }

  @Test func depthAndWorkAtHandGoUpAndComeBackToNought() async throws {
    let workflow = workflow()
    let gate = Gate()
    let a = try workflow.addStage("a", options: .init(taskQueue: .concurrent(2))) { (n: Int) in
      try await gate.pass()
      return n
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<5, to: a)
    await gate.arrivals(2)
    await eventually { level("tadween_stage_queue_depth", "a") == 3 }
    await eventually { level("tadween_stage_in_flight", "a") == 2 }
    gate.open()
    for run in runs { try await run.completion() }
    await eventually { level("tadween_stage_queue_depth", "a") == 0 && level("tadween_stage_in_flight", "a") == 0 }
    try await workflow.close()
  }

  @Test func cancelledMessagesAreCountedWhetherTheyRanOrWaited() async throws {
    let workflow = workflow()
    let gate = Gate()
    let a = try workflow.addStage("a") { (n: Int) in
      try await gate.pass()
      return n
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<3, to: a)
    await gate.arrivals(1)
    for run in runs { try await run.cancel() }
    gate.open()
    for run in runs { _ = try await run.end() }
    await eventually { total("tadween_stage_cancelled", "a") == 3 }
    await eventually { level("tadween_stage_queue_depth", "a") == 0 && level("tadween_stage_in_flight", "a") == 0 }
    try await workflow.close()
  }

  @Test func waitAndRunTimesAreTheClocks() async throws {
    let clock = TestClock()
    let workflow = workflow(clock: clock)
    let walls = [Wall(), Wall()]
    let a = try workflow.addStage("a") { (n: Int) in
      await walls[n].stand()
      return n
    }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<2, to: a)
    await walls[0].arrivals(1)
    clock.advance(by: .seconds(3))
    walls[0].tearDown()
    await walls[1].arrivals(1)
    clock.advance(by: .seconds(5))
    walls[1].tearDown()
    for run in runs { try await run.completion() }
    await eventually { times("tadween_stage_run_duration", "a").count == 2 }
    #expect(times("tadween_stage_wait_duration", "a") == [0, 3_000_000_000])
    #expect(times("tadween_stage_run_duration", "a") == [3_000_000_000, 5_000_000_000])
    try await workflow.close()
  }

  /// What a policy has an attempt wait for is no wait of the stage's.
  @Test func thePauseBeforeARetryIsNoWait() async throws {
    let clock = TestClock()
    let workflow = workflow(clock: clock)
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.seconds(60), maxAttempts: 2))) {
      (n: Int, context: HandlerContext) in
      if context.attempt == 1 { throw Trouble("once") }
      return n
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(61))
    try await run.completion()
    #expect(times("tadween_stage_wait_duration", "a") == [0, 1_000_000_000])
    try await workflow.close()
  }

  @Test func aWorkflowWithoutObservationMeasuresNothing() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, a in
      #expect(try workflow.engine.stages[0].metrics == nil)
      #expect(try workflow.engine.tracing == nil)
      try await workflow.submit(1, to: a).completion()
    }
  }
}
