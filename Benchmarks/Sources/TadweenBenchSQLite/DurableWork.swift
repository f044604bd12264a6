internal import Foundation
internal import Logging
internal import Measure
internal import Tadween
internal import TadweenSQLite

/// Runs through stages that do nothing, with every end on the disk before it counts.
struct DurableWork {
  let items: Int
  let stages: Int
  let folder: URL

  struct Value: Codable, Sendable {
    var n: Int
  }

  func measure() async throws -> JSONLine {
    var line = JSONLine("durable")
    line.add("items", items)
    line.add("stages", stages)
    try await throughput(&line)
    return line
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

  private func makeLine(_ broker: SQLiteBroker) async throws -> Workflow {
    let logger = Logger(label: "tadween-bench") { _ in SwiftLogNoOpLogHandler() }
    let workflow = Workflow(name: "durable", broker: broker, logger: logger)
    var last = try workflow.addStage("stage 0") { (value: Value) in value }
    for number in 1..<stages {
      let next = try workflow.addStage("stage \(number)") { (value: Value) in value }
      try workflow.link(last, to: next)
      last = next
    }
    try await workflow.build()
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
