internal import Logging
internal import Tadween
internal import TadweenSQLite

/// Stages in a line that do nothing, over a durable broker.
struct DurableLine {
  struct Value: Codable, Sendable {
    var n: Int
  }

  let workflow: Workflow
  let sink: StageReference<Value, Value>

  /// - Parameter paused: The first stage begins nothing.
  init(_ broker: SQLiteBroker, stages: Int, paused: Bool = false) async throws {
    let logger = Logger(label: "tadween-bench") { _ in SwiftLogNoOpLogHandler() }
    workflow = Workflow(name: "durable", broker: broker, logger: logger)
    var last = try workflow.addStage("stage 0") { (value: Value) in value }
    for number in 1..<stages {
      let next = try workflow.addStage("stage \(number)") { (value: Value) in value }
      try workflow.link(last, to: next)
      last = next
    }
    sink = last
    try await workflow.build()
    if paused { try workflow.pause("stage 0") }
  }

  func submit(_ numbers: Range<Int>) async throws -> [Run] {
    try await workflow.submit(contentsOf: numbers.map { Value(n: $0) })
  }
}
