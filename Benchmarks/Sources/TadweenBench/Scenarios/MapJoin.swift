internal import Measure
internal import Tadween

/// One item mapped to many activations, and their outputs gathered.
struct MapJoin {
  let items: Int
  let workers: Int
  let rounds: Int

  init(_ options: Options) {
    items = options.items ?? 1_000
    workers = options.workers
    rounds = options.side == .both ? 21 : 1
  }

  func measure() async throws -> JSONLine {
    let workflow = Workflow(name: "mapjoin")
    let split = try workflow.addStage("split") { (count: Int) in Array(0..<count) }
    let each = try workflow.addStage(
      "each", NumberNoOp(), options: StageOptions(taskQueue: .concurrent(workers)))
    let assemble = try workflow.addStage("assemble") { (numbers: [Int]) in numbers.reduce(0, +) }
    try workflow.link(split, toEach: each)
    try workflow.gather(each, into: assemble)
    try await workflow.build()

    var times: [Double] = []
    for round in 0...rounds {
      var sum = 0
      let time = try await timed { sum = try await workflow.submit(items, to: split).output(of: assemble) }
      guard sum == items * (items - 1) / 2 else { throw Options.Refusal(description: "mapjoin: wrong sum \(sum)") }
      // The first one warms up.
      if round > 0 { times.append(time.milliseconds) }
    }
    try await workflow.close()

    var line = JSONLine("mapjoin")
    line.add("items", items)
    line.add("workers", workers)
    if rounds == 1 { line.add("transitions", (items + 2) * 2) }
    line.add("ms", times.median, places: 3)
    line.add("worst_ms", times.percentile(100), places: 3)
    line.add("stage_transitions_per_s", Int(Double(items + 2) / times.median * 1e3))
    return line
  }
}
