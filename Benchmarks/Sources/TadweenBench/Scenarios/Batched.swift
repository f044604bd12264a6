internal import Measure
internal import Tadween

/// A batch handler that takes what waits, 32 items at most, beside the same handler with one item at a time.
struct Batched {
  let comparison: Comparison

  init(_ options: Options) {
    comparison = Comparison("batch", "batched", options, items: 100_000, stages: 1, workers: options.workers)
  }

  func measure() async throws -> JSONLine {
    let handler = BatchNoOp()
    var line = try await comparison.measure {
      try await stage(BatchNoOp(), upTo: 1)
    } other: {
      try await stage(handler, upTo: 32)
    }
    line.add("calls", handler.calls.value)
    return line
  }

  private func stage(_ handler: BatchNoOp, upTo size: Int) async throws -> Line<Item> {
    let workflow = Workflow(name: "batch")
    let sink = try workflow.addStage(
      "stage", batch: handler, BatchWindow(upTo: size, within: .zero),
      options: StageOptions(taskQueue: .concurrent(comparison.workers)))
    try await workflow.build()
    return Line(workflow: workflow, sink: sink)
  }
}
