internal import Logging
internal import Tadween

/// A workflow of no-op stages in a line, built.
struct Line<Value: BenchValue> {
  let workflow: Workflow
  let sink: StageReference<Value, Value>
}

extension Line {
  init(stages: Int, workers: Int, broker: InMemoryBroker = .inMemory, observation: WorkflowObservation = .none)
    async throws
  {
    try await self.init(
      Value.noOp, stages: stages, StageOptions(taskQueue: .concurrent(workers)), broker: broker,
      observation: observation)
  }

  /// Each stage with the same handler and options.
  init(
    _ handler: some Handler<Value, Value> & Sendable, stages: Int, _ options: StageOptions, resources: Resources = [:],
    broker: InMemoryBroker = .inMemory, observation: WorkflowObservation = .none
  ) async throws {
    // Each retry is logged as a warning, and a terminal is none of what is measured.
    let logger = Logger(label: "tadween-bench") { _ in SwiftLogNoOpLogHandler() }
    workflow = Workflow(
      name: "line", broker: broker, resources: resources, logger: logger, observation: observation)
    var last = try workflow.addStage("stage 0", handler, options: options)
    for stage in 1..<max(stages, 1) {
      let next = try workflow.addStage("stage \(stage)", handler, options: options)
      try workflow.link(last, to: next)
      last = next
    }
    sink = last
    try await workflow.build()
  }
}
