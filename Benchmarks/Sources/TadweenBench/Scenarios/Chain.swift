internal import Measure
internal import Tadween

/// No-op stages in a line, a run an item.
struct Chain {
  let items: Int
  let stages: Int
  let workers: Int
  let payload: Int
  let side: Options.Side
  /// How many messages a worker of the loop takes at once: as many as one of ours.
  private let batch = 64

  init(_ options: Options) {
    items = options.items ?? 1_000_000
    stages = options.stages ?? 3
    workers = options.workers
    payload = options.payload ?? 0
    side = options.side
  }

  func measure() async throws -> JSONLine {
    payload == 0 ? try await measure(Item.self) : try await measure(HeavyItem.self)
  }

  private func measure<Value: BenchValue>(_ type: Value.Type) async throws -> JSONLine {
    if side == .both {
      _ = try await ours(min(items, 10_000), type)
      _ = await limit(min(items, 10_000), type)
    }
    var line = JSONLine("chain")
    line.add("items", items)
    line.add("stages", stages)
    line.add("workers", workers)
    line.add("payload", payload)
    if side != .both { line.add("transitions", items * stages) }
    var rates: [Double] = []
    var limits: [Double] = []
    for round in 0..<(side == .both ? 3 : 1) {
      if side != .limit { rates.append(try await ours(items, type)) }
      // Ours comes first, so that the peak is not that of the loop, which holds all items at once.
      if round == 0 && side != .limit { line.add("peak_rss_mb", Double(Memory.peakResident) / 1_048_576, places: 1) }
      if side != .ours { limits.append(await limit(items, type)) }
    }
    if side != .limit { line.add("stage_transitions_per_s", Int(rates.median)) }
    if side != .ours { line.add("limit_per_s", Int(limits.median)) }
    if side == .both { line.add("ratio_to_limit", rates.median / limits.median, places: 3) }
    return line
  }

  /// Stage transitions a second.
  private func ours<Value: BenchValue>(_ items: Int, _ type: Value.Type) async throws -> Double {
    let line = try await Line<Value>(stages: stages, workers: workers)
    let time = try await timed { try await line.workflow.process(items) { Value.make($0, bytes: payload) } }
    try await line.workflow.close()
    return Double(items * stages) / time.seconds
  }

  private func limit<Value: BenchValue>(_ items: Int, _ type: Value.Type) async -> Double {
    let loop = BareLoop(stages: stages, workers: workers, batch: batch, work: Value.noOp)
    let time = await timed { await loop.chain(items) { Value.make($0, bytes: payload) } }
    loop.close()
    return Double(items * stages) / time.seconds
  }
}
