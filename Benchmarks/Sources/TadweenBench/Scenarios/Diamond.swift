internal import Measure
internal import Tadween

/// A join a run: a, then b and c, then d.
struct Diamond {
  let items: Int
  let workers: Int
  let rounds: Int

  init(_ options: Options) {
    items = options.items ?? 200_000
    workers = options.workers
    rounds = options.side == .both ? 3 : 1
  }

  func measure() async throws -> JSONLine {
    if rounds > 1 { _ = try await rate(min(items, 10_000)) }
    var rates: [Double] = []
    for _ in 0..<rounds { rates.append(try await rate(items)) }
    var line = JSONLine("diamond")
    line.add("items", items)
    line.add("workers", workers)
    if rounds == 1 { line.add("transitions", items * 4) }
    line.add("stage_transitions_per_s", Int(rates.median))
    line.add("peak_rss_mb", Double(Memory.peakResident) / 1_048_576, places: 1)
    return line
  }

  private func rate(_ items: Int) async throws -> Double {
    let workflow = Workflow(name: "diamond")
    let options = StageOptions(taskQueue: .concurrent(workers))
    let a = try workflow.addStage("a", NumberNoOp(), options: options)
    let b = try workflow.addStage("b", NumberNoOp(), options: options)
    let c = try workflow.addStage("c", NumberNoOp(), options: options)
    let d = try workflow.addStage("d", NumberNoOp(), options: options)
    try workflow.link(a, to: b)
    try workflow.link(a, to: c)
    try workflow.join(b, c, into: d) { b, c in b &+ c }
    try await workflow.build()
    let time = try await timed { try await workflow.process(items) { $0 } }
    try await workflow.close()
    return Double(items * 4) / time.seconds
  }
}
