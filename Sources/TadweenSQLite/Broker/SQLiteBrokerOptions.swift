#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// How a durable broker works.
public struct SQLiteBrokerOptions: Sendable {
  /// What is certain to be on the disk when a submission or an end counts as recorded; `.full` by default.
  ///
  /// | | the process is killed | the power goes |
  /// | --- | --- | --- |
  /// | `.full` | nothing is lost | nothing is lost |
  /// | `.normal` | nothing is lost | the last moments may be: runs that were submitted are gone, and work that was done is done again; what is left is whole |
  /// | `.off` | nothing is lost | any number of writes may be, and the file may be damaged |
  public var synchronous: SQLiteOptions.Synchronous
  /// How long a write waits for another program that has the file locked, as a backup may; 10 seconds by default.
  public var busyTimeout: Duration
  /// How many unfinished runs are kept in memory; 100 000 by default, at least 1. Further ones wait in the file, at no cost of
  /// memory, and are read when there is room, the most urgent ones first. Those that are parked, and of
  /// which nothing else is open, are not counted, and stay in memory.
  public var runsInMemory: Int
  /// The longest payload, in bytes, that is stored in the row of its event; 1000 by default. A longer one has a row in a table
  /// of its own, so that the events stay close together.
  public var longestPayloadInRow: Int
  /// The longest payload, in bytes, that is stored at all; 256 MiB by default, which is the most, for a row of SQLite holds no
  /// more than a thousand million bytes. A submission with a longer one is refused, an activation with a longer output fails.
  public var longestPayload: Int
  /// How long runs that are over are remembered; 30 days, and no more than a million, by default.
  public var retention: Retention
  /// What says when something happened.
  public var wallClock: @Sendable () -> Date

  /// What a row has room for with an output and an input, and much to spare.
  public static let greatestPayload = 1 << 28

  /// For tests: is told every statement that is run.
  package var onStatement: (@Sendable (String) -> Void)?
  /// For tests: is called at each step, which fails where this throws.
  package var failpoint: (@Sendable (Failpoint) throws -> Void)?

  public init(
    synchronous: SQLiteOptions.Synchronous = .full, busyTimeout: Duration = .seconds(10), runsInMemory: Int = 100_000,
    longestPayloadInRow: Int = 1000, longestPayload: Int = greatestPayload, retention: Retention = Retention(),
    wallClock: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.synchronous = synchronous
    self.busyTimeout = busyTimeout
    self.runsInMemory = runsInMemory
    self.longestPayloadInRow = longestPayloadInRow
    self.longestPayload = longestPayload
    self.retention = retention
    self.wallClock = wallClock
  }

  /// What cannot be meant, with the remedy; nil: nothing.
  var problem: String? {
    if runsInMemory < 1 { return "it is to keep \(runsInMemory) runs in memory: use at least 1" }
    if longestPayloadInRow < 0 { return "longestPayloadInRow is \(longestPayloadInRow): use at least 0" }
    if !(1...Self.greatestPayload).contains(longestPayload) {
      return "longestPayload is \(longestPayload): use 1 to \(Self.greatestPayload)"
    }
    return retention.problem
  }

  var database: SQLiteOptions {
    var options = SQLiteOptions(synchronous: synchronous, busyTimeout: busyTimeout)
    options.onStatement = onStatement
    return options
  }
}
