/// What a durable broker has written since it was opened.
public struct SQLiteBrokerStatistics: Hashable, Sendable {
  /// How many transactions; with `.full` each is synced.
  public var commits = 0
  /// How many changes they held in all: submissions, ends, completions.
  public var changes = 0

  /// How many changes a transaction held on average.
  public var meanGroup: Double { commits == 0 ? 0 : Double(changes) / Double(commits) }
}

extension SQLiteBroker {
  public var statistics: SQLiteBrokerStatistics { ledgers.withLock { $0.statistics } }
}
