internal import GRDB
public import Tadween

extension SQLiteBroker: RunHistory {
  public func runs(_ query: RunQuery, limit: Int, offset: Int) async throws -> [RunRecord] {
    try await read { db, _ in try HistoryReader(db: db).runs(query, limit: limit, offset: offset) }
  }

  public func runCount(_ query: RunQuery) async throws -> Int {
    try await read { db, _ in try HistoryReader(db: db).count(query) }
  }

  public func attempts(of run: RunID) async throws -> [AttemptRecord] {
    try await read { db, _ in try HistoryReader(db: db).attempts(of: run) }
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database, Connection) throws -> Value
  ) async throws -> Value {
    let open = try opened()
    return try await naming(path) { try await read(open.database) { try body($0, open) } }
  }
}
