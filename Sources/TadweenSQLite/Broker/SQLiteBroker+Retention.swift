internal import GRDB
internal import Tadween

/// Runs that are over are let go a thousand at a time, between two writes, so that nobody waits long for it; and the file
/// shrinks where much of it is empty.
extension SQLiteBroker {
  /// How many runs go in one step, and how many are looked at.
  private static var step: Int { 1000 }
  private static var breadth: Int { 10_000 }
  /// How often the age of runs is looked at, in microseconds.
  private static var pause: Int64 { 60_000_000 }

  /// Lets runs go that are over and older or more than these say, now, and gives the room back to the disk. Whoever writes
  /// waits for all of it.
  ///
  /// - Returns: How many.
  /// - Throws: ``TadweenError`` with the code `invalidArgument` where the retention cannot be meant, `brokerClosed`, and
  ///   `repositoryFailed` where the file cannot be written.
  @discardableResult
  public func prune(_ retention: Retention) async throws -> Int {
    if let problem = retention.problem { throw TadweenError(.invalidArgument, "Nothing is let go: \(problem).") }
    let open = try opened()
    return try await naming(path) {
      try await write(open.database) { db in
        var (count, sweep) = (0, RetentionSweep())
        while !sweep.isDone { count += try self.remove(retention, &sweep, db) }
        // One that was under way knows nothing of this.
        self.ledgers.withLock { $0.sweep = nil }
        try self.shrink(db, leaving: 0)
        // Not while somebody reads: the room is given back with a later one.
        _ = try? db.checkpoint(.truncate)
        return count
      }
    }
  }

  /// Called on the writing connection between two writes.
  func retain(_ db: Database) throws {
    let now = ledgers.now()
    let next = ledgers.withLock { state in
      // A clock may have gone back.
      let isOld =
        options.retention.age != nil && !(state.nextRetention - Self.pause...state.nextRetention).contains(now)
      if isOld { state.nextRetention = now + Self.pause }
      let stay = options.retention.mostRuns.map { $0 + state.held.count }
      if state.sweep == nil, isOld || stay.map({ state.finishedCount > $0 + max(Self.step, $0 / 10) }) ?? false {
        state.sweep = RetentionSweep()
      }
      return state.sweep
    }
    guard var sweep = next else { return }
    let removed = try remove(options.retention, &sweep, db)
    // Where there may be more, the next write goes on.
    ledgers.withLock { $0.sweep = sweep.isDone ? nil : sweep }
    if removed > 0 { try shrink(db, leaving: 4) }
  }

  /// One step of a sweep.
  ///
  /// - Returns: How many went.
  private func remove(_ retention: Retention, _ sweep: inout RetentionSweep, _ db: Database) throws -> Int {
    try reach(.retentionBegins)
    ledgers.tidy()
    let cutoff = retention.longestAge.map { ledgers.now() - $0.microseconds } ?? .min
    let excess = ledgers.withLock { state in retention.mostRuns.map { max(0, state.finishedCount - $0) } ?? 0 }
    var next = sweep
    // Those that have become too many since it began are the next one's.
    let target = min(next.target ?? excess, next.passed + excess)
    next.target = target
    var removed: [Int64] = []
    var areDeleted = false
    defer {
      ledgers.withLock { state in
        state.readers.settle(removed, areDeleted: areDeleted)
        if areDeleted { state.finishedCount -= removed.count }
      }
    }
    try db.inTransaction(.immediate) {
      let limit = next.passed + Self.breadth
      while !next.isDone, removed.count < Self.step, next.passed < limit {
        let oldest = try Row.fetchAll(
          db,
          sql: """
            SELECT number, submitted, finished FROM runs WHERE finished IS NOT NULL AND number > ?
            ORDER BY number LIMIT \(Self.step)
            """, arguments: [next.last])
        var hasOld = false
        for row in oldest where removed.count < Self.step {
          let (number, finished, submitted): (Int64, Int64, Int64) = (
            try row.decode(forColumn: "number"), try row.decode(forColumn: "finished"),
            try row.decode(forColumn: "submitted")
          )
          let isDue = next.passed < target || finished < cutoff
          if isDue || submitted < cutoff { hasOld = true }
          if isDue, ledgers.withLock({ $0.mayGo(number) }) {
            removed.append(number)
            try remove(number, db)
          }
          next.last = number
          next.passed += 1
        }
        // What was submitted since has not ended before.
        next.isDone = !hasOld || oldest.count < Self.step && removed.count < Self.step
      }
      try reach(.retentionEnds)
      return .commit
    }
    areDeleted = true
    sweep = next
    return removed.count
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

/// How far somebody has looked through the runs that are over, from the oldest on.
struct RetentionSweep: Sendable {
  /// The number of the last one.
  var last: Int64 = 0
  /// How many those were. Some stay: somebody holds them.
  var passed = 0
  /// How many there were more than are to be remembered; nil: it has not begun.
  var target: Int?
  var isDone = false
}

extension Ledgers.State {
  /// Whoever holds a run may redrive it, and one that was redriven may not yet be written: they stay. Nobody has a handle on
  /// the others from now on.
  fileprivate mutating func mayGo(_ number: Int64) -> Bool {
    if held[number] != nil || resident[number] != nil { return false }
    readers.delete(number)
    return true
  }
}
