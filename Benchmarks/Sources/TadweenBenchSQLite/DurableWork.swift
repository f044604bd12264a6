internal import Foundation
internal import Logging
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

  struct Value: Codable, Sendable {
    var n: Int
  }

  func measure() async throws -> JSONLine {
    var line = JSONLine("durable")
    line.add("items", items)
    line.add("stages", stages)
    line.add("file_system", text: FileSystemName.of(folder))
    try await throughput(&line)
    try await latency(&line)
    try await backlog(&line)
    return line
  }

  /// One item at a time.
  private func latency(_ line: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      let workflow = try await makeLine(SQLiteBroker(path: path))
      var times: [Double] = []
      for number in 0..<min(items, 500) {
        times.append(
          try await timed { try await workflow.submit(Value(n: number)).completion() }.milliseconds)
      }
      try await workflow.close()
      line.add("p50_ms", times.median)
      line.add("p99_ms", times.percentile(99))
    }
  }

  /// Messages that wait: what they cost in memory up to the limit and beyond it, and how long the next process takes to have
  /// them again.
  private func backlog(_ line: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      var options = SQLiteBrokerOptions()
      options.runsInMemory = max(1, waiting / 10)
      let workflow = try await makeLine(SQLiteBroker(path: path, options: options), paused: true)
      let start = Memory.allocated
      try await submit(options.runsInMemory, to: workflow)
      let full = Memory.allocated
      try await submit(waiting - options.runsInMemory, to: workflow)
      let beyond = Memory.allocated
      try? await workflow.close(timeout: .zero)
      line.add("waiting", waiting)
      line.add("bytes_per_message", ((full ?? 0) - (start ?? 0)) / options.runsInMemory)
      line.add("bytes_beyond_limit", ((beyond ?? 0) - (full ?? 0)) / max(1, waiting - options.runsInMemory))
      var next: Workflow?
      // With the usual limit.
      let time = try await timed { next = try await makeLine(SQLiteBroker(path: path), paused: true) }
      line.add("recovery_s", time.seconds)
      try? await next?.close(timeout: .zero)
    }
  }

  private func submit(_ count: Int, to workflow: Workflow) async throws {
    for start in stride(from: 0, to: count, by: 1000) {
      _ = try await workflow.submit(contentsOf: (start..<min(start + 1000, count)).map { Value(n: $0) })
    }
  }

  private func throughput(_ line: inout JSONLine) async throws {
    try await withFile(in: folder) { path in
      let broker = SQLiteBroker(path: path)
      let workflow = try await makeLine(broker)
      let values = (0..<items).map { Value(n: $0) }
      let time = try await timed {
        for start in stride(from: 0, to: items, by: 1000) {
          _ = try await workflow.submit(contentsOf: values[start..<min(start + 1000, items)])
        }
        try await workflow.waitUntilIdle()
      }
      let statistics = broker.statistics
      try await workflow.close()
      line.add("synchronous", text: "full")
      line.add("per_s", Int(Double(items * stages) / time.seconds))
      line.add("commits", statistics.commits)
      line.add("mean_group", statistics.meanGroup, places: 1)
      let limit = try EventLoop(path, group: max(1, Int(statistics.meanGroup.rounded()))).run()
      line.add("limit_per_s", Int(Double(items * stages) / limit.seconds))
      line.add("of_limit", limit.seconds / time.seconds)
    }
  }

  private func makeLine(_ broker: SQLiteBroker, paused: Bool = false) async throws -> Workflow {
    let logger = Logger(label: "tadween-bench") { _ in SwiftLogNoOpLogHandler() }
    let workflow = Workflow(name: "durable", broker: broker, logger: logger)
    var last = try workflow.addStage("stage 0") { (value: Value) in value }
    for number in 1..<stages {
      let next = try workflow.addStage("stage \(number)") { (value: Value) in value }
      try workflow.link(last, to: next)
      last = next
    }
    try await workflow.build()
    if paused { try workflow.pause("stage 0") }
    return workflow
  }
}

/// Calls the body with a path for a file, which goes afterwards with all that lies beside it.
func withFile(in folder: URL, _ body: (String) async throws -> Void) async throws {
  let own = folder.appending(path: "tadween-bench-\(UUID())")
  try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: own) }
  try await body(own.appending(path: "runs.sqlite").path)
}
