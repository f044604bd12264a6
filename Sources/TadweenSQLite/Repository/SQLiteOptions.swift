internal import GRDB

/// How a database is opened.
public struct SQLiteOptions: Sendable {
  /// What is certain to be on the disk when a write returns.
  public enum Synchronous: String, Sendable {
    /// Nothing: the system writes when it likes. A crash of the process loses nothing; a loss of power may lose any number of
    /// writes, and may damage the file.
    case off
    /// All but the last writes: a loss of power may lose some, each whole, and damages nothing.
    case normal
    /// Everything.
    case full
  }

  public var synchronous: Synchronous
  /// How long a write waits for that of another process.
  public var busyTimeout: Duration

  /// For tests: is told every statement that is run.
  package var onStatement: (@Sendable (String) -> Void)?

  public init(synchronous: Synchronous = .full, busyTimeout: Duration = .seconds(10)) {
    self.synchronous = synchronous
    self.busyTimeout = busyTimeout
  }

  private var configuration: Configuration {
    var configuration = Configuration()
    let (seconds, fraction) = busyTimeout.components
    configuration.busyMode = .timeout(Double(seconds) + Double(fraction) * 1e-18)
    if let onStatement {
      configuration.prepareDatabase { db in
        db.trace(options: .statement) { if case .statement(let statement) = $0 { onStatement(statement.sql) } }
      }
    }
    return configuration
  }

  /// Opens a database as these say.
  func open(_ path: String) throws -> DatabasePool {
    let database = try DatabasePool(path: path, configuration: configuration)
    // Once it is open, and not while it is prepared, for GRDB sets NORMAL when it has turned on WAL.
    try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(synchronous.rawValue)") }
    return database
  }
}
