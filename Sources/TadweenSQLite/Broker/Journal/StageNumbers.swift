internal import GRDB
internal import Tadween

/// What the tables call the stages of a graph. A number is a name's for ever, whatever becomes of the graph.
struct StageNumbers: Sendable {
  private var numbers: [Int64] = []
  private var stages: [Int64: StageID] = [:]
  /// All that the file knows, those that the graph has no more included.
  private(set) var names: [Int64: String] = [:]

  init() {}

  /// Gives a number to each stage that has none yet.
  init(_ graph: WorkflowGraph, _ db: Database) throws {
    for stage in graph.stages {
      try db.execute(sql: "INSERT OR IGNORE INTO stages (name) VALUES (?)", arguments: [stage.name])
    }
    for row in try Row.fetchAll(db, sql: "SELECT number, name FROM stages") {
      names[try row.decode(forColumn: "number")] = try row.decode(String.self, forColumn: "name")
    }
    let byName = Dictionary(names.map { ($0.value, $0.key) }, uniquingKeysWith: min)
    for (index, stage) in graph.stages.enumerated() {
      // Added a moment ago, if it was not there.
      guard let number = byName[stage.name] else { throw Damage("the names of stages") }
      numbers.append(number)
      stages[number] = graph.stage(named: stage.name) ?? StageID(index)
    }
  }

  subscript(stage: StageID) -> Int64 { numbers[Int(stage.index)] }

  /// nil: the graph has no such stage.
  func stage(_ number: Int64) -> StageID? { stages[number] }
}
