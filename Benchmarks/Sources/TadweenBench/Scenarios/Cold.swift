internal import Measure
internal import Tadween

/// From the start of a process to its first result: this program starts itself.
struct Cold {
  let stages: Int

  init(_ options: Options) { stages = options.stages ?? 3 }

  func measure() throws -> JSONLine {
    var times: [Double] = []
    var resident: [Double] = []
    // The first one brings the program's file into memory.
    for start in 0...9 {
      let (time, answer) = try Child.firstLine(["cold-child", "--stages", "\(stages)"])
      guard let bytes = Double(answer) else { throw Options.Refusal(description: "cold: the child said \"\(answer)\"") }
      if start == 0 { continue }
      times.append(time.milliseconds)
      resident.append(bytes / 1_048_576)
    }
    var line = JSONLine("cold")
    line.add("stages", stages)
    line.add("ms", times.median)
    line.add("worst_ms", times.percentile(100))
    line.add("rss_mb", resident.median, places: 1)
    return line
  }

  /// In the child: one item through a workflow, then a line with the bytes that are resident.
  func firstResult() async throws {
    let line = try await Line<Item>(stages: stages, workers: 1)
    let item = try await line.workflow.submit(Item(n: 7)).output(of: line.sink)
    guard item.n == 7 else { throw Options.Refusal(description: "cold: wrong result") }
    print(Memory.resident)
    flushOutput()
    try await line.workflow.close()
  }
}
