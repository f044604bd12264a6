internal import Measure
internal import Tadween

/// One item at a time: submitted, and its completion awaited.
struct Latency {
  let items: Int
  let stages: Int
  let workers: Int
  let payload: Int
  let side: Options.Side

  init(_ options: Options) {
    items = options.items ?? 20_000
    stages = options.stages ?? 3
    workers = options.workers
    payload = options.payload ?? 0
    side = options.side
  }

  func measure() async throws -> JSONLine {
    payload == 0 ? try await measure(Item.self) : try await measure(HeavyItem.self)
  }

  private func measure<Value: BenchValue>(_ type: Value.Type) async throws -> JSONLine {
    let line = try await Line<Value>(stages: stages, workers: workers)
    let loop = BareLoop(stages: stages, workers: workers, batch: 1, work: Value.noOp)
    let blocks = min(10, items)
    var times: [Double] = []
    var limits: [Double] = []
    // The first block of each warms up and is not counted; then they take turns.
    for block in 0...blocks {
      var ours: [Double] = []
      var loops: [Double] = []
      for n in 0..<items / blocks {
        if side == .limit { break }
        let value = Value.make(n, bytes: payload)
        let start = ContinuousClock.now
        try await line.workflow.submit(value).completion()
        ours.append(start.duration(to: .now).microseconds)
      }
      for n in 0..<items / blocks {
        if side == .ours { break }
        let value = Value.make(n, bytes: payload)
        let start = ContinuousClock.now
        await loop.single(n, value)
        loops.append(start.duration(to: .now).microseconds)
      }
      if block > 0 {
        times += ours
        limits += loops
      }
    }
    loop.close()
    try await line.workflow.close()

    var json = JSONLine("latency")
    json.add("items", items)
    json.add("stages", stages)
    json.add("workers", workers)
    json.add("payload", payload)
    if side != .both { json.add("transitions", items / blocks * (blocks + 1) * stages) }
    if side != .limit {
      json.add("p50_us", times.percentile(50))
      json.add("p99_us", times.percentile(99))
    }
    if side != .ours {
      json.add("limit_p50_us", limits.percentile(50))
      json.add("limit_p99_us", limits.percentile(99))
    }
    if side == .both {
      json.add("p50_ratio", times.percentile(50) / limits.percentile(50))
      json.add("p99_ratio", times.percentile(99) / limits.percentile(99))
    }
    return json
  }
}
