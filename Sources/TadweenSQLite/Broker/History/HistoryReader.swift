internal import Foundation
internal import GRDB
internal import Tadween

/// Asks the tables about runs, those that are over included; of the file alone, for any process.
struct HistoryReader {
  let db: Database

  func runs(_ query: RunQuery, limit: Int, offset: Int) throws -> [RunRecord] {
    let condition = try condition(query)
    return try Row.fetchAll(
      db,
      sql: """
        SELECT runs.id AS id, caller, outcome, finished, stages.name AS entry, priority, metadata, submitted,
          (SELECT source.id FROM runs AS source WHERE source.number = runs.origin) AS origin
        FROM runs JOIN stages ON stages.number = entry WHERE \(condition.sql)
        ORDER BY runs.number DESC LIMIT ? OFFSET ?
        """, arguments: condition.arguments + [limit, offset]
    ).map(record)
  }

  func count(_ query: RunQuery) throws -> Int {
    let condition = try condition(query)
    return try Int.fetchOne(
      db, sql: "SELECT count(*) FROM runs WHERE \(condition.sql)", arguments: condition.arguments) ?? 0
  }

  func attempts(of run: RunID) throws -> [AttemptRecord] {
    guard let number = try Int64.fetchOne(db, sql: "SELECT number FROM runs WHERE id = ?", arguments: [run.stored])
    else { return [] }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT kind, name, scope, generation, attempt, lasted, at, detail FROM events
        JOIN stages ON stages.number = stage WHERE key BETWEEN ? AND ? AND kind <= ? ORDER BY key
        """,
      arguments: [Journal.key(number, 0), Journal.key(number + 1, 0) - 1, EventRow.Kind.parked.rawValue]
    ).map(attempt)
  }

  private func condition(_ query: RunQuery) throws -> (sql: String, arguments: StatementArguments) {
    var parts: [String] = ["TRUE"]
    var arguments: StatementArguments = []
    func add(_ sql: String, _ values: StatementArguments = []) {
      parts.append(sql)
      arguments += values
    }
    if query.states != Set(RunQuery.State.allCases) {
      let states = query.states.map { state in
        state.outcome.map { "outcome = \($0.rawValue)" } ?? "finished IS NULL"
      }
      add(states.isEmpty ? "FALSE" : "(\(states.sorted().joined(separator: " OR ")))")
    }
    if let caller = query.callerID { add("caller = ?", [caller]) }
    if let since = query.since { add("submitted >= ?", [since.stored]) }
    if let before = query.before { add("submitted < ?", [before.stored]) }
    if query.stage != nil || query.failureKind != nil {
      var (event, values) = (
        "key BETWEEN runs.number << \(Journal.eventBits) AND ((runs.number + 1) << \(Journal.eventBits)) - 1",
        [] as StatementArguments
      )
      if let stage = query.stage {
        event += " AND stage = (SELECT number FROM stages WHERE name = ?)"
        values += [stage]
      }
      if let kind = query.failureKind {
        // Of an attempt that is made again, the last failure.
        event += " AND ? IN (detail ->> '$.failure.kind.name', detail ->> '$.retry.failures[#-1].kind.name')"
        values += [kind.name]
      }
      add("EXISTS (SELECT 1 FROM events WHERE \(event))", values)
    }
    return (parts.joined(separator: " AND "), arguments)
  }

  private func record(_ row: Row) throws -> RunRecord {
    guard let id = RunID(stored: try row.decode(forColumn: "id")) else { throw Damage("the row of a run") }
    let outcome = try row.decode(Int64?.self, forColumn: "outcome")
    let finished = try row.decode(Int64?.self, forColumn: "finished")
    let metadata = try row.decode(String?.self, forColumn: "metadata")
    return RunRecord(
      id: id, callerID: try row.decode(forColumn: "caller"),
      state: finished == nil ? .unfinished : StoredOutcome(rawValue: outcome ?? 0).map(RunQuery.State.init) ?? .failed,
      entry: try row.decode(forColumn: "entry"), priority: try row.decode(forColumn: "priority"),
      metadata: try metadata.map { try JSONDecoder().decode(Metadata.self, from: Data($0.utf8)) } ?? [:],
      submitted: Date(stored: try row.decode(forColumn: "submitted")), finished: finished.map(Date.init(stored:)),
      origin: try row.decode(Data?.self, forColumn: "origin").flatMap(RunID.init(stored:)))
  }

  private func attempt(_ row: Row) throws -> AttemptRecord {
    guard let kind = EventRow.Kind(rawValue: try row.decode(forColumn: "kind")), let outcome = kind.outcome,
      let scope = ScopePath(stored: try row.decode(String?.self, forColumn: "scope") ?? "")
    else { throw Damage("the row of an event") }
    let text = try row.decode(String?.self, forColumn: "detail")
    let detail = try text.map { try JSONDecoder().decode(EventDetail.self, from: Data($0.utf8)) } ?? EventDetail()
    let at: Int64 = try row.decode(forColumn: "at")
    let lasted = try row.decode(Int64?.self, forColumn: "lasted")
    return AttemptRecord(
      stage: try row.decode(forColumn: "name"), scope: scope,
      generation: try row.decode(Int?.self, forColumn: "generation") ?? 0,
      attempt: try row.decode(Int?.self, forColumn: "attempt") ?? 1, outcome: outcome,
      failure: detail.failure ?? detail.retry?.failures.last, began: lasted.map { Date(stored: at - $0) },
      ended: Date(stored: at), isReused: detail.reused ?? false)
  }
}

extension RunQuery.State {
  fileprivate var outcome: StoredOutcome? {
    switch self {
    case .unfinished: nil
    case .succeeded: .succeeded
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }

  fileprivate init(_ outcome: StoredOutcome) {
    self =
      switch outcome {
      case .succeeded: .succeeded
      case .failed: .failed
      case .cancelled: .cancelled
      }
  }
}

extension EventRow.Kind {
  fileprivate var outcome: AttemptRecord.Outcome? {
    switch self {
    case .succeeded: .succeeded
    case .failed: .failed
    case .notTaken: .notTaken
    case .cancelled: .cancelled
    case .retried: .retried
    case .parked: .parked
    case .runCancelled, .redriven, .decided, .died: nil
    }
  }
}
