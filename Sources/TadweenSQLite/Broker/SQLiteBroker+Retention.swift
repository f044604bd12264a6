internal import GRDB
internal import Tadween

/// Runs that are over are let go a thousand at a time, between two writes, so that nobody waits long for it; and the file
/// shrinks where much of it is empty.
extension SQLiteBroker {
  /// How many runs go in one step.
  private static var step: Int { 1000 }
  /// How often the age of runs is looked at, in microseconds.
  private static var pause: Int64 { 60_000_000 }

  /// Lets runs go that are over and older or more than these say, now, and gives the room back to the disk.
  ///
  /// - Returns: How many.
  @discardableResult
  public func prune(_ retention: Retention) async throws -> Int {
    let open = try opened()
    return try await naming(path) {
      try await write(open.database) { db in
        var count = 0
        while case let removed = try self.remove(retention, db), removed > 0 { count += removed }
        try self.shrink(db, leaving: 0)
        _ = try db.checkpoint(.truncate)
        return count
      }
    }
  }

  /// Called on the writing connection between two writes.
  func retain(_ db: Database) throws {
    let now = ledgers.now()
    let (isOld, areMany) = ledgers.withLock { state in
      let isOld = options.retention.age != nil && now >= state.nextRetention
      if isOld { state.nextRetention = now + Self.pause }
      let most = options.retention.runs.map { max($0 + Self.slack(of: $0), state.heldCount + Self.step) } ?? .max
      return (isOld, state.finishedCount > most)
    }
    guard isOld || areMany else { return }
    let removed = try remove(options.retention, db)
    ledgers.withLock { state in
      // Where there may be more, the next write goes on; where all are held, not before there are more.
      if removed >= Self.step { state.nextRetention = now }
      if areMany { state.heldCount = removed == 0 ? state.finishedCount : 0 }
    }
    if removed > 0 { try shrink(db, leaving: 4) }
  }

  /// That much more than is to be remembered, so that not every run that ends takes one along.
  private static func slack(of runs: Int) -> Int { max(step, runs / 10) }

  private func remove(_ retention: Retention, _ db: Database) throws -> Int {
    try reach(.retentionBegins)
    let cutoff = retention.age.map { ledgers.now() - $0.microseconds }
    let excess = ledgers.withLock { state in retention.runs.map { max(0, state.finishedCount - $0) } ?? 0 }
    var removed = 0
    try db.inTransaction(.immediate) {
      var (last, mayBeMore): (Int64, Bool) = (0, true)
      while mayBeMore, removed < Self.step {
        let oldest = try Row.fetchAll(
          db,
          sql: """
            SELECT number, finished FROM runs WHERE finished IS NOT NULL AND number > ? ORDER BY number LIMIT \(Self.step)
            """, arguments: [last])
        mayBeMore = oldest.count == Self.step
        for row in oldest where removed < Self.step {
          let finished: Int64 = try row.decode(forColumn: "finished")
          last = try row.decode(forColumn: "number")
          guard removed < excess || cutoff.map({ finished < $0 }) ?? false else {
            // Nor are those that were submitted later.
            mayBeMore = false
            continue
          }
          // Whoever holds a run may redrive it; and one that was redriven may not yet be written.
          if ledgers.withLock({ $0.held[last] != nil || $0.resident[last] != nil }) { continue }
          try remove(last, db)
          removed += 1
        }
      }
      try reach(.retentionEnds)
      return .commit
    }
    ledgers.withLock { $0.finishedCount -= removed }
    return removed
  }

  private func remove(_ number: Int64, _ db: Database) throws {
    let keys: StatementArguments = [Journal.key(number, 0), Journal.key(number + 1, 0) - 1]
    for sql in ["DELETE FROM events WHERE key BETWEEN ? AND ?", "DELETE FROM payloads WHERE key BETWEEN ? AND ?"] {
      try db.cachedStatement(sql: sql).execute(arguments: keys)
    }
    for sql in ["DELETE FROM letters WHERE run = ?", "DELETE FROM runs WHERE number = ?"] {
      try db.cachedStatement(sql: sql).execute(arguments: [number])
    }
  }

  /// Gives the empty pages back, where they are more than one in so many; 0: all of them.
  private func shrink(_ db: Database, leaving share: Int) throws {
    let empty = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    let all = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    guard empty > 0, share == 0 || empty > 1000 && empty * share > all else { return }
    try reach(.shrinks)
    try db.execute(sql: "PRAGMA incremental_vacuum(\(share == 0 ? 0 : 2000))")
  }
}
