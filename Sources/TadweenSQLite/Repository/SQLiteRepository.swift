internal import Foundation
internal import GRDB
public import Tadween

/// Artifacts in a SQLite database: one table for the roots, with a real column a field, and one for each part.
///
/// ```swift
/// let recordings = try SQLiteRepository<Recording>(path: "recordings.sqlite")
/// ```
/// Several repositories may share one file, each with a table of its own, and so may several processes: a save waits for
/// another one's up to ``SQLiteOptions/busyTimeout``. Reads go on while something is written (WAL); they
/// run on the thread of whoever asks.
///
/// A column, an eager model or a part that is new in the Swift type is added to the tables; one that is gone from it is kept
/// as it is. A save is one transaction, whole or not at all.
public final class SQLiteRepository<Model: Artifact>: Repository {
  let database: DatabasePool
  let tables: ArtifactTables
  let path: String

  /// Opens the database, and makes it where there is none.
  ///
  /// - Parameters:
  ///   - path: Of the file. SQLite keeps two more beside it, `-wal` and `-shm`; where parts are written in pieces there is
  ///     a third, `-streams`, which stays empty.
  ///   - table: The table of the roots; those of the parts are named after it. The type's name by default.
  /// - Throws: ``TadweenError``: `invalidArgument` where the schema or the table's name cannot be used; `repositoryFailed`
  ///   where the file cannot be opened, is no database, is from a newer version, or has a column of another type or a part of
  ///   another coding than the schema says.
  public init(path: String, table: String = "\(Model.self)", options: SQLiteOptions = SQLiteOptions()) throws {
    try Model.schema.check()
    let tables = try ArtifactTables(named: table, Model.schema.layout)
    self.tables = tables
    self.path = path
    database = try naming(path) {
      let database = try options.open(path)
      try database.write { db in
        try tables.prepare(db, path: path)
        try ArtifactTables.removeLeftovers(in: path, db)
      }
      return database
    }
  }

  public func store(_ records: [ArtifactRecord]) async throws {
    try await write { db, tables in
      let writer = ArtifactWriter(tables, db)
      for record in records {
        // GRDB would look before each statement.
        try Task.checkCancellation()
        try writer.store(record)
      }
    }
  }

  public func records(_ query: RepositoryQuery, parts: Set<String>) async throws -> [ArtifactRecord] {
    try await read { db, tables in try tables.records(query, parts: parts, db) }
  }

  public func ids(_ query: RepositoryQuery) async throws -> [ArtifactID] {
    try await read { db, tables in try tables.ids(query, db) }
  }

  public func count(_ filter: ArtifactFilter) async throws -> Int {
    try await read { db, tables in try tables.count(filter, db) }
  }

  public func presentParts(of id: ArtifactID) async throws -> Set<String>? {
    try await read { db, tables in try tables.presentParts(of: id, db) }
  }

  public func storePart(_ part: String, _ content: ArtifactRecord.Content, of id: ArtifactID) async throws -> Bool {
    try await write { db, tables in
      guard try tables.exists(id, db) else { return false }
      try tables.store(content, as: part, of: id, db)
      return true
    }
  }

  public func remove(_ ids: [ArtifactID]) async throws -> Int {
    try await write { db, tables in try tables.remove(ids, db) }
  }

  func read<Result>(_ body: (Database, ArtifactTables) throws -> Result) async throws -> Result {
    try readHere(body)
  }

  /// On the caller's thread: a reader waits for no writer, and a way to another thread and back takes longer than most reads.
  private func readHere<Result>(_ body: (Database, ArtifactTables) throws -> Result) throws -> Result {
    try naming(path) { try database.read { db in try body(db, tables) } }
  }

  /// One transaction. GRDB begins it IMMEDIATE: begun DEFERRED, one that reads first fails at its first write where another
  /// process wrote meanwhile, and no timeout helps.
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (Database, ArtifactTables) throws -> Result
  ) async throws -> Result {
    try await naming(path) { try await database.write { [tables] db in try body(db, tables) } }
  }
}
