internal import Measure
internal import Tadween

/// One stage where items of one of 64 keys go one after the other, beside the stage without keys.
struct Keyed {
  let comparison: Comparison

  init(_ options: Options) {
    comparison = Comparison(
      "keyed", "keyed", options, items: 100_000, stages: 1, workers: options.workers > 1 ? options.workers : 4)
  }

  func measure() async throws -> JSONLine {
    let workers = comparison.workers
    let keys = (0..<64).map { "\($0)" }
    return try await comparison.measure {
      try await Line(stages: 1, workers: workers)
    } other: {
      try await Line(
        Item.noOp, stages: 1,
        StageOptions(
          taskQueue: .concurrent(workers), concurrencyKey: ConcurrencyKey { (item: Item) in keys[item.n % 64] }))
    }
  }
}
