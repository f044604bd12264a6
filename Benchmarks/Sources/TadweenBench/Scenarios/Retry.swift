internal import Measure
internal import Tadween

/// The chain where one first attempt in a hundred fails and is made again at once, beside the chain where none does.
struct Retry {
  let comparison: Comparison

  init(_ options: Options) {
    comparison = Comparison(
      "retry", "retried", options, items: 300_000, stages: options.stages ?? 3, workers: options.workers)
  }

  func measure() async throws -> JSONLine {
    let (stages, workers) = (comparison.stages, comparison.workers)
    return try await comparison.measure {
      try await Line(stages: stages, workers: workers)
    } other: {
      try await Line(
        FlakyNoOp(), stages: stages,
        StageOptions(taskQueue: .concurrent(workers), retry: .fixed(.zero, maxAttempts: 2)))
    }
  }
}
