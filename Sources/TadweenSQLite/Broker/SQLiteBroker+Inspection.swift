internal import Foundation
internal import GRDB
public import Tadween

extension SQLiteBroker: RunInspection {
  public func deadLetters(_ filter: DeadLetterFilter, limit: Int) async throws -> [StoredDeadLetter] {
    var found: [StoredDeadLetter] = []
    try await lookThroughLetters(filter, areParked: false) { run, moments in
      for letter in run.copy?.deadLetters ?? [] {
        guard let moment = moments[letter.id.activation] else { continue }
        if found.count >= limit { return false }
        found.append(StoredDeadLetter(letter, run, failedAt: Date(stored: moment)))
      }
      return found.count < limit
    }
    return found
  }

  public func deadLetterCount(_ filter: DeadLetterFilter) async throws -> Int {
    let condition = LetterCondition(filter, areParked: false)
    return try await read { db, _ in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM letters WHERE \(condition.sql)", arguments: condition.arguments) ?? 0
    }
  }

  public func parked(limit: Int) async throws -> [StoredParked] {
    var found: [StoredParked] = []
    try await lookThroughLetters(.all, areParked: true) { run, moments in
      for parked in run.copy?.parked ?? [] {
        guard let moment = moments[parked.key.activation] else { continue }
        if found.count >= limit { return false }
        found.append(StoredParked(parked, run, failedAt: Date(stored: moment)))
      }
      return found.count < limit
    }
    return found
  }

  public func previewRedrive(_ ticket: any RunTicket, _ letters: [DeadLetter.ID]?) async throws -> Redrive {
    let open = try opened()
    guard let run = DurableRun.of(ticket, in: ledgers) else { return Redrive() }
    // A ledger is a value: what a copy of it does changes nothing. One that waits in the file has none.
    guard var ledger = run.copy else { return Redrive() }
    var directives = Directives()
    return ledger.redrive(letters, in: open.graph, into: &directives)
  }

  /// The runs that have such letters, the one that failed last first, each with the moments of those that are meant.
  ///
  /// - Parameter body: False: it has seen enough.
  private func lookThroughLetters(
    _ filter: DeadLetterFilter, areParked: Bool, _ body: (DurableRun, [Activation: Int64]) -> Bool
  ) async throws {
    let condition = LetterCondition(filter, areParked: areParked)
    let runs = try await read { db, _ in
      try Int64.fetchAll(
        db, sql: "SELECT run FROM letters WHERE \(condition.sql) GROUP BY run ORDER BY min(at) DESC, run DESC",
        arguments: condition.arguments)
    }
    // Run by run: what looks through many would have all kept for it that ends meanwhile.
    for number in runs {
      let open = try opened()
      let found = try readHandles(open) { reader -> (DurableRun, [Activation: Int64])? in
        let moments = try reader.letterMoments(of: number, condition)
        guard let stored = try reader.runs("WHERE number = ?", [number]).first else { return nil }
        // Recovery has said what does not fit.
        do { return try handle(on: stored, reader, open.graph).map { ($0, moments) } } catch is Misfit { return nil }
      }
      guard let (run, moments) = found else { continue }
      if !body(run, moments) { return }
    }
  }
}

/// Which rows of `letters` are meant.
struct LetterCondition: Sendable {
  private(set) var sql: String
  private(set) var arguments: StatementArguments = []

  init(_ filter: DeadLetterFilter, areParked: Bool) {
    sql = "parked = \(areParked ? 1 : 0)"
    if let stage = filter.stage { add("stage = (SELECT number FROM stages WHERE name = ?)", [stage]) }
    if let kind = filter.kind { add("kind = ?", [kind.name]) }
    if let run = filter.run { add("run = (SELECT number FROM runs WHERE id = ?)", [run.stored]) }
    if let before = filter.before { add("at < ?", [before.stored]) }
    if let since = filter.since { add("at >= ?", [since.stored]) }
  }

  private mutating func add(_ condition: String, _ values: StatementArguments) {
    sql += " AND \(condition)"
    arguments += values
  }
}
