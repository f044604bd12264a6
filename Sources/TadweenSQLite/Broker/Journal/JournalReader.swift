internal import Foundation
internal import GRDB
internal import Tadween

/// A run as the tables have it, before its events.
struct StoredRun {
  let number: Int64
  let id: RunID
  let caller: String?
  /// The name of its entry.
  let entry: String
  let priority: Int
  let metadata: Metadata
  let payload: Data
  let finished: Int64?

  /// The run as it was submitted.
  func submission(in graph: WorkflowGraph) throws(Misfit) -> NewRun {
    guard let entry = graph.stage(named: entry), graph[entry].incoming.isEmpty else {
      throw Misfit("there is no entry \"\(entry)\" any more")
    }
    return NewRun(
      id: id, callerID: caller, entry: entry, payload: Payload(json: payload), priority: priority, metadata: metadata)
  }
}

/// Reads runs and their events.
struct JournalReader {
  let db: Database
  let stages: StageNumbers

  /// The runs that a condition names, in an order.
  func runs(_ condition: String, _ arguments: StatementArguments = []) throws -> [StoredRun] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT number, id, caller, entry, priority, metadata, finished,
          coalesce(payload, (SELECT bytes FROM payloads WHERE key = number << \(Journal.eventBits))) AS payload
        FROM runs \(condition)
        """, arguments: arguments
    ).map { row in
      let entry: Int64 = try row.decode(forColumn: "entry")
      let number: Int64 = try row.decode(forColumn: "number")
      guard let id = RunID(stored: try row.decode(forColumn: "id")), let name = stages.names[entry],
        Journal.runs.contains(number)
      else { throw damaged("a run") }
      let metadata: String? = try row.decode(forColumn: "metadata")
      return StoredRun(
        number: number, id: id, caller: try row.decode(forColumn: "caller"), entry: name,
        priority: try row.decode(forColumn: "priority"),
        metadata: try metadata.map { try JSONDecoder().decode(Metadata.self, from: Data($0.utf8)) } ?? [:],
        payload: try row.decode(Data?.self, forColumn: "payload") ?? Data("null".utf8),
        finished: try row.decode(forColumn: "finished"))
    }
  }

  /// The events of a run, in their order, with their moments.
  func events(of run: Int64) throws -> [(row: EventRow, number: Int64, at: Int64)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT key, kind, stage, scope, generation, attempt, delivery, at, input, detail,
          coalesce(output, (SELECT bytes FROM payloads WHERE payloads.key = events.key)) AS output
        FROM events WHERE key BETWEEN ? AND ? ORDER BY key
        """, arguments: [Journal.key(run, 0), Journal.key(run + 1, 0) - 1]
    ).map { row in
      guard let kind = EventRow.Kind(rawValue: try row.decode(forColumn: "kind")) else { throw damaged("an event") }
      let detail: String? = try row.decode(forColumn: "detail")
      return (
        EventRow(
          kind: kind, key: try key(row), output: try row.decode(forColumn: "output"),
          input: try row.decode(forColumn: "input"),
          detail: try detail.map { try JSONDecoder().decode(EventDetail.self, from: Data($0.utf8)) } ?? EventDetail()),
        Journal.event(ofKey: try row.decode(forColumn: "key")), try row.decode(forColumn: "at")
      )
    }
  }

  private func key(_ row: Row) throws -> DeliveryKey? {
    guard let number: Int64 = try row.decode(forColumn: "stage") else { return nil }
    guard let stage = stages.stage(number) else {
      throw Misfit("there is no stage \"\(stages.names[number] ?? "\(number)")\" any more")
    }
    guard let scope = ScopePath(stored: try row.decode(String?.self, forColumn: "scope") ?? "") else {
      throw damaged("an event")
    }
    return DeliveryKey(
      activation: Activation(stage: stage, scope: scope),
      generation: try row.decode(UInt32?.self, forColumn: "generation") ?? 0,
      attempt: try row.decode(UInt32?.self, forColumn: "attempt") ?? 1,
      number: try row.decode(UInt32?.self, forColumn: "delivery") ?? 1)
  }

  private func damaged(_ what: String) -> Damage { Damage("the row of \(what)") }
}

/// What no broker wrote.
struct Damage: Error {
  /// Where it lies.
  let place: String
  init(_ place: String) { self.place = place }
}
