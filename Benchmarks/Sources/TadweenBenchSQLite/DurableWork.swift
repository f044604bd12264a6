internal import Foundation
internal import Measure
internal import Tadween
internal import TadweenSQLite

/// Runs through stages that do nothing, with every end on the disk before it counts.
struct DurableWork {
  let items: Int
  let stages: Int
  /// How many messages wait where that is measured.
  let waiting: Int
  let folder: URL

  func measure() async throws -> JSONLine {
    var result = JSONLine("durable")
    result.add("items", items)
    result.add("stages", stages)
    result.add("file_system", text: FileSystemName.of(folder))
    try await throughput(&result)
    try await latency(&result)
    try await backlog(&result)
    return result
  }

  /// One item at a time.
  private func latency(_ result: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      let line = try await DurableLine(SQLiteBroker(path: path), stages: stages)
      var times: [Double] = []
      for number in 0..<min(items, 500) {
        times.append(try await timed { try await line.submit(number..<number + 1).first?.completion() }.milliseconds)
      }
      try await line.workflow.close()
      result.add("p50_ms", times.median)
      result.add("p99_ms", times.percentile(99))
    }
  }

  /// Messages that wait: what they cost in memory up to the limit and beyond it, and how long the next process takes to have
  /// them again.
  private func backlog(_ result: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      var options = SQLiteBrokerOptions()
      options.runsInMemory = max(1, waiting / 10)
      let line = try await DurableLine(SQLiteBroker(path: path, options: options), stages: stages, paused: true)
      let start = Memory.allocated
      try await submit(options.runsInMemory, to: line)
      let full = Memory.allocated
      try await submit(waiting - options.runsInMemory, to: line)
      let beyond = Memory.allocated
      try? await line.workflow.close(timeout: .zero)
      result.add("waiting", waiting)
      result.add("bytes_per_message", ((full ?? 0) - (start ?? 0)) / options.runsInMemory)
      result.add("bytes_beyond_limit", ((beyond ?? 0) - (full ?? 0)) / max(1, waiting - options.runsInMemory))
      var next: DurableLine?
      // With the usual limit.
      let time = try await timed {
        next = try await DurableLine(SQLiteBroker(path: path), stages: stages, paused: true)
      }
      result.add("recovery_s", time.seconds)
      try? await next?.workflow.close(timeout: .zero)
    }
  }

  private func submit(_ count: Int, to line: DurableLine) async throws {
    for start in stride(from: 0, to: count, by: 1000) { _ = try await line.submit(start..<min(start + 1000, count)) }
  }

  private func throughput(_ result: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      let broker = SQLiteBroker(path: path)
      let line = try await DurableLine(broker, stages: stages)
      let time = try await timed {
        try await submit(items, to: line)
        try await line.workflow.waitUntilIdle()
      }
      let statistics = broker.statistics
      try await line.workflow.close()
      result.add("synchronous", text: "full")
      result.add("per_s", Int(Double(items * stages) / time.seconds))
      result.add("commits", statistics.commits)
      result.add("mean_group", statistics.meanGroup, places: 1)
      let limit = try EventLoop(path, group: max(1, Int(statistics.meanGroup.rounded()))).run()
      result.add("limit_per_s", Int(Double(items * stages) / limit.seconds))
      result.add("of_limit", limit.seconds / time.seconds)
    }
  }
}

/// Calls the body with a path for a file, which goes afterwards with all that lies beside it.
func withFile<Result>(in folder: URL, _ body: (String) async throws -> Result) async throws -> Result {
  let own = folder.appending(path: "tadween-bench-\(UUID())")
  try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: own) }
  return try await body(own.appending(path: "runs.sqlite").path)
}
