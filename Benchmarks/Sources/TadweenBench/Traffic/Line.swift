internal import Tadween

/// A workflow of no-op stages in a line, built.
struct Line<Value: BenchValue> {
  let workflow: Workflow
  let sink: StageReference<Value, Value>

  init(stages: Int, workers: Int, broker: InMemoryBroker = .inMemory, observation: WorkflowObservation = .none)
    async throws
  {
    workflow = Workflow(name: "line", broker: broker, observation: observation)
    let options = StageOptions(taskQueue: .concurrent(workers))
    var last = try workflow.addStage("stage 0", Value.noOp, options: options)
    for stage in 1..<max(stages, 1) {
      let next = try workflow.addStage("stage \(stage)", Value.noOp, options: options)
      try workflow.link(last, to: next)
      last = next
    }
    sink = last
    try await workflow.build()
  }
}
