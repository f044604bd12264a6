internal import Measure
internal import Tadween

/// Many runs through a chain with failures and retries: whether each completes exactly once, and what memory does.
struct Soak {
  let items: Int
  let stages: Int
  let workers: Int
  /// When memory is looked at for the first time.
  private let first = 1_000_000
  private let chunk = 1_000
  /// How many chunks are under way at most.
  private let ahead = 16

  init(_ options: Options) {
    items = options.items ?? 10_000_000
    stages = options.stages ?? 3
    workers = options.workers
  }

  func measure() async throws -> JSONLine {
    let line = try await Line(
      FlakyNoOp(), stages: stages,
      StageOptions(taskQueue: .concurrent(workers), retry: .fixed(.zero, maxAttempts: 2)))
    let workflow = line.workflow
    let observed = Counter()
    // A completion that is lost is awaited for ever. Detached, for it must not wait where the soak does; it sleeps real time,
    // which is all that tells standing still from slow.
    let watch = Task.detached {
      for _ in 0... {
        let before = observed.value
        try await Task.sleep(for: .seconds(60))
        guard observed.value == before else { continue }
        let waits = try workflow.explain()
        fatalError("soak: stands still after \(before) runs: \(waits)")
      }
    }
    defer { watch.cancel() }

    var underWay: [(start: Int, runs: [Run])] = []
    var residentFirst = 0
    func observe() async throws {
      let (start, runs) = underWay.removeFirst()
      for (offset, run) in runs.enumerated() {
        // Whose output it is tells whether one run was told of the end of another.
        let n = try await run.output(of: line.sink).n
        guard n == start + offset else { throw Options.Refusal(description: "soak: run \(start + offset) gave \(n)") }
        observed.add()
      }
      if residentFirst == 0 && start + runs.count >= min(first, items) { residentFirst = Memory.resident }
    }
    let time = try await timed {
      for start in stride(from: 0, to: items, by: chunk) {
        let values = (start..<min(start + chunk, items)).map { Item.make($0, bytes: 0) }
        underWay.append((start, try await workflow.submit(contentsOf: values)))
        if underWay.count > ahead { try await observe() }
      }
      while !underWay.isEmpty { try await observe() }
    }
    let residentLast = Memory.resident
    let snapshot = try workflow.snapshot()
    try await workflow.close()

    var result = JSONLine("soak")
    result.add("items", items)
    result.add("stages", stages)
    result.add("seconds", time.seconds, places: 1)
    result.add("stage_transitions_per_s", Int(Double(items * stages) / time.seconds))
    result.add("retries", snapshot.stages.reduce(0) { $0 + $1.retried })
    result.add("lost", items - observed.value)
    result.add("doubled", snapshot.completedRuns - items + snapshot.stages.reduce(0) { $0 + $1.ended - items })
    result.add("rss_first_mb", Double(residentFirst) / 1_048_576, places: 1)
    result.add("rss_last_mb", Double(residentLast) / 1_048_576, places: 1)
    result.add("growth_percent", Double(residentLast - residentFirst) / Double(max(residentFirst, 1)) * 100)
    return result
  }
}
