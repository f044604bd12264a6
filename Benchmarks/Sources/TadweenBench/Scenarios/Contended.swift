internal import Measure
internal import Tadween

/// The chain where each attempt demands one of two units that all stages share, beside the chain that demands none.
struct Contended {
  let comparison: Comparison

  init(_ options: Options) {
    comparison = Comparison(
      "resources", "demanding", options, items: 100_000, stages: options.stages ?? 3, workers: options.workers)
  }

  func measure() async throws -> JSONLine {
    let (stages, workers) = (comparison.stages, comparison.workers)
    return try await comparison.measure {
      try await Line(stages: stages, workers: workers)
    } other: {
      try await Line(
        Item.noOp, stages: stages, StageOptions(taskQueue: .concurrent(workers), demands: ["unit": 1]),
        resources: ["unit": 2])
    }
  }
}
