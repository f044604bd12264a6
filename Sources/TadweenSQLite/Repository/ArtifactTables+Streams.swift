internal import Foundation
internal import GRDB
internal import Tadween

/// Parts that are written and read a piece at a time.
///
/// Pieces are stored under a version that no artifact names yet, each in a transaction of its own, and become the part when
/// the artifact's row names it. Until then `tadween_streams` lists them, so that they are removed where their writer died;
/// and so are those of the version before, until they are removed a few at a time.
extension ArtifactTables {
  /// How many pieces are removed in one transaction.
  private static let removedAtOnce = 32

  func beginStream(_ stream: PartStream, _ lock: StreamLock, _ db: Database) throws {
    if try Self.hasLeftovers(db), lock.takeAlone() { try Self.removeLeftovers(db) }
    try lock.share()
    try list(stream, db)
  }

  func append(_ piece: Data, at place: Int, of stream: PartStream, _ db: Database) throws {
    try ArtifactWriter(self, db).insert(
      piece, number: Self.pieces(of: stream.version).lowerBound + Int64(place), as: stream.part, of: stream.id)
  }

  /// Makes the pieces the part of its artifact. Returns what is to be removed then, which is the pieces themselves where
  /// there is no artifact.
  func publish(_ stream: PartStream, pieces count: Int, _ db: Database) throws -> (isDone: Bool, garbage: PartStream?) {
    guard try exists(stream.id, db) else { return (false, stream) }
    let range = Self.pieces(of: stream.version)
    let stored = try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM \(table(of: stream.part)) WHERE id = ? AND piece BETWEEN ? AND ?"),
      arguments: [stream.id.text, range.lowerBound, range.upperBound])
    if stored != count {
      throw TadweenError(
        .repositoryFailed,
        "\"\(stream.part)\" of \"\(stream.id)\" was not stored: another program removed pieces of it while it was written. Write it again."
      )
    }
    var garbage: PartStream?
    if let old = try version(of: stream.part, of: stream.id, db) {
      let replaced = PartStream(part: stream.part, id: stream.id, version: old)
      try list(replaced, db)
      garbage = replaced
    }
    try setVersion(stream.version, of: stream.part, of: stream.id, db)
    try unlist(stream, db)
    return (true, garbage)
  }

  /// Removes some pieces that are no part. False: those were the last.
  func removeSome(of stream: PartStream, _ db: Database) throws -> Bool {
    let range = Self.pieces(of: stream.version)
    let table = table(of: stream.part)
    try db.cachedStatement(
      sql: """
        DELETE FROM \(table) WHERE rowid IN
          (SELECT rowid FROM \(table) WHERE id = ? AND piece BETWEEN ? AND ? LIMIT \(Self.removedAtOnce))
        """
    ).execute(arguments: [stream.id.text, range.lowerBound, range.upperBound])
    if db.changesCount > 0 { return true }
    try unlist(stream, db)
    return false
  }

  /// Removes what writers left in the database that died; where somebody writes now, nothing.
  static func removeLeftovers(in path: String, _ db: Database) throws {
    guard try hasLeftovers(db) else { return }
    let lock = try StreamLock(path)
    defer { withExtendedLifetime(lock) {} }
    if lock.takeAlone() { try removeLeftovers(db) }
  }

  private static func hasLeftovers(_ db: Database) throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM tadween_streams)") ?? false
  }

  /// Of any kind of artifact.
  private static func removeLeftovers(_ db: Database) throws {
    for row in try Row.fetchAll(db, sql: "SELECT artifact, part, id, version FROM tadween_streams") {
      let range = pieces(of: try row.decode(Int64.self, atIndex: 3))
      let (artifact, part, id) = (
        try row.decode(String.self, atIndex: 0), try row.decode(String.self, atIndex: 1),
        try row.decode(String.self, atIndex: 2)
      )
      // It may have been dropped by hand.
      guard try db.tableExists("\(artifact).\(part)") else { continue }
      try db.execute(
        sql: "DELETE FROM \"\(artifact).\(part)\" WHERE id = ? AND piece BETWEEN ? AND ?",
        arguments: [id, range.lowerBound, range.upperBound])
    }
    try db.execute(sql: "DELETE FROM tadween_streams")
  }

  /// One piece of a version; nil after the last.
  func piece(_ place: Int, of stream: PartStream, _ db: Database) throws -> Data? {
    guard try version(of: stream.part, of: stream.id, db) == stream.version else {
      throw TadweenError.partChanged(stream.part, of: stream.id)
    }
    let piece = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT content FROM \(table(of: stream.part)) WHERE id = ? AND piece = ?"),
      arguments: [stream.id.text, Self.pieces(of: stream.version).lowerBound + Int64(place)])
    // That of a part without bytes has none.
    return piece?.isEmpty == false ? piece : nil
  }

  private func list(_ stream: PartStream, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO tadween_streams VALUES (?, ?, ?, ?)")
      .execute(arguments: [name, stream.part, stream.id.text, stream.version])
  }

  private func unlist(_ stream: PartStream, _ db: Database) throws {
    try db.cachedStatement(
      sql: "DELETE FROM tadween_streams WHERE artifact = ? AND part = ? AND id = ? AND version = ?"
    ).execute(arguments: [name, stream.part, stream.id.text, stream.version])
  }
}

/// One version of a part, whether it is the artifact's or not.
struct PartStream: Sendable {
  let part: String
  let id: ArtifactID
  let version: Int64
}
