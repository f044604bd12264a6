internal import Foundation
internal import GRDB
internal import Tadween

/// What the file knows of the graph that its runs were made for: so that a changed one is noticed, and said in words.
struct GraphShape: Codable, Equatable {
  struct Stage: Codable, Equatable {
    var name: String
    var rule: String
    var keepsOutput: Bool
    var runsWhenCancelled: Bool
  }

  struct Link: Codable, Equatable {
    var source: String
    var target: String
    var kind: String
    var need: String
    var isConditional: Bool
  }

  var stages: [Stage]
  var links: [Link]

  init(_ graph: WorkflowGraph) {
    stages = graph.stages.map {
      Stage(
        name: $0.name, rule: "\($0.rule)", keepsOutput: $0.keepsOutput, runsWhenCancelled: $0.runsWhenCancelled)
    }
    links = graph.links.map { link in
      let kind =
        switch link.kind {
        case .value: "value"
        case .failure: "failure"
        case .each: "each"
        case .gather(_, let rule): "gather \(rule)"
        }
      return Link(
        source: graph[link.source].name, target: graph[link.target].name, kind: kind, need: "\(link.need)",
        isConditional: link.isConditional)
    }
  }

  /// What is another in the later one, each as a sentence without its end.
  func changes(to later: GraphShape) -> [String] {
    let (mine, others) = (Dictionary(grouping: stages, by: \.name), Dictionary(grouping: later.stages, by: \.name))
    var changes = stages.filter { others[$0.name] == nil }.map { "stage \"\($0.name)\" is gone" }
    changes += later.stages.filter { mine[$0.name] == nil }.map { "stage \"\($0.name)\" is new" }
    changes += later.stages.filter { mine[$0.name].map { $0.first } != others[$0.name]?.first && mine[$0.name] != nil }
      .map { "the rules of stage \"\($0.name)\" are others" }
    func find(_ link: Link, in shape: GraphShape) -> Link? {
      shape.links.first { $0.source == link.source && $0.target == link.target }
    }
    func words(_ link: Link) -> String { "the link from \"\(link.source)\" to \"\(link.target)\"" }
    changes += links.filter { find($0, in: later) == nil }.map { "\(words($0)) is gone" }
    changes += later.links.filter { find($0, in: self) == nil }.map { "\(words($0)) is new" }
    changes += later.links.filter { link in find(link, in: self).map { $0 != link } ?? false }
      .map { "\(words($0)) is another" }
    return changes
  }

  /// Notes the graph, and says what has changed since the last one; empty for a new file.
  static func note(_ graph: WorkflowGraph, _ db: Database) throws -> [String] {
    let shape = GraphShape(graph)
    let stored = try String.fetchOne(db, sql: "SELECT graph FROM shape")
    let last = try stored.map { try JSONDecoder().decode(GraphShape.self, from: Data($0.utf8)) }
    if last == shape { return [] }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try db.execute(sql: "DELETE FROM shape")
    try db.execute(
      sql: "INSERT INTO shape (graph) VALUES (?)",
      arguments: [String(decoding: try encoder.encode(shape), as: UTF8.self)])
    return last?.changes(to: shape) ?? []
  }
}
