internal import GRDB
public import Tadween

/// What a durable broker's database tells of its runs, to any process, while the broker works or not. Nothing is changed.
///
/// ```swift
/// let history = try SQLiteRunHistory(path: "pipeline.sqlite")
/// print(history.owner ?? "nobody works on it", try await history.runCount(.unfinished))
/// ```
public struct SQLiteRunHistory: RunHistory {
  private let path: String
  private let database: DatabasePool

  /// - Throws: ``TadweenError`` with the code `repositoryFailed` where there is no such file, or it is no broker's.
  public init(path: String) throws {
    self.path = path
    database = try naming(path) {
      var configuration = Configuration()
      configuration.readonly = true
      let database = try DatabasePool(path: path, configuration: configuration)
      try database.read { try Journal.check($0, path: path) }
      return database
    }
  }

  /// Who works on it, in words: a process by its number and name, and since when; nil: nobody.
  public var owner: String? { DatabaseOwner.current(of: path) }

  public func runs(_ query: RunQuery, limit: Int, offset: Int) async throws -> [RunRecord] {
    try await read { try $0.runs(query, limit: limit, offset: offset) }
  }

  public func runCount(_ query: RunQuery) async throws -> Int { try await read { try $0.count(query) } }

  public func attempts(of run: RunID) async throws -> [AttemptRecord] { try await read { try $0.attempts(of: run) } }

  private func read<Value: Sendable>(_ body: @escaping @Sendable (HistoryReader) throws -> Value) async throws -> Value
  {
    try await naming(path) { try await database.read { try body(HistoryReader(db: $0)) } }
  }
}
