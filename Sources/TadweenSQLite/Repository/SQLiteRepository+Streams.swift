public import Foundation
internal import GRDB
public import Tadween

extension SQLiteRepository {
  public func storePart(
    _ part: String, from pieces: some AsyncSequence<Data, any Error> & Sendable, of id: ArtifactID
  ) async throws -> Bool {
    let lock = try StreamLock(path)
    defer { withExtendedLifetime(lock) {} }
    let stream = PartStream(part: part, id: id, version: ArtifactTables.newVersion())
    try await write { db, tables in try tables.beginStream(stream, lock, db) }
    do {
      var count = 0
      for try await piece in pieces {
        let place = count
        try await write { db, tables in try tables.append(piece, at: place, of: stream, db) }
        count += 1
      }
      if count == 0 {
        // A part without bytes is there too.
        try await write { db, tables in try tables.append(Data(), at: 0, of: stream, db) }
        count = 1
      }
      let total = count
      let (isDone, garbage) = try await writeToTheEnd { db, tables in try tables.publish(stream, pieces: total, db) }
      if let garbage { await remove(garbage) }
      return isDone
    } catch {
      await remove(stream)
      throw error
    }
  }

  public func bytes(ofPart part: String, of id: ArtifactID) async throws -> PartBytes? {
    guard let version = try await read({ db, tables in try tables.version(of: part, of: id, db) }) else { return nil }
    let stream = PartStream(part: part, id: id, version: version)
    return PartBytes { number in try await self.read { db, tables in try tables.piece(number, of: stream, db) } }
  }

  /// Removes pieces that are no part, a few at a time, so that others can write meanwhile. What cannot be removed now is when
  /// the database is opened, or a part written in pieces, the next time.
  private func remove(_ stream: PartStream) async {
    while (try? await writeToTheEnd { db, tables in try tables.removeSome(of: stream, db) }) == true {}
  }

  /// A transaction that is not cut when its task is cancelled.
  private func writeToTheEnd<Result: Sendable>(
    _ body: @escaping @Sendable (Database, ArtifactTables) throws -> Result
  ) async throws -> Result {
    try await naming(path) {
      try await withCheckedThrowingContinuation { continuation in
        database.asyncWriteWithoutTransaction { [tables] db in
          var result: Result?
          do {
            try db.inTransaction(.immediate) {
              result = try body(db, tables)
              return .commit
            }
            continuation.resume(returning: result!)
          } catch { continuation.resume(throwing: error) }
        }
      }
    }
  }
}
