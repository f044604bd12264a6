internal import Foundation
internal import GRDB
internal import Tadween

extension ArtifactTables {
  /// Stores a record in place of one with its id. A part that it does not have is left alone.
  ///
  /// What is new is one row and the pieces of its parts: only where an artifact is there already are its versions asked for,
  /// and their pieces removed.
  func store(_ record: ArtifactRecord, _ db: Database) throws {
    let values =
      layout.columns.map { SQLValue(record.columns[$0.name] ?? .null) }
      + layout.eager.map { SQLValue(record.eager[$0.name].map(ColumnLiteral.bytes) ?? .null) }
    // One for all the parts, each of which has a table of its own.
    let version = Self.newVersion()
    var versions = layout.parts.map { if case .bytes = record.parts[$0.name] { version } else { nil as Int64? } }
    let columns = names.map(quoted) + layout.parts.map { versionColumn(of: $0.name) }
    let placeholders = values.map(\.placeholder) + layout.parts.map { _ in "?" }
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO \(roots) (\((["id"] + columns).joined(separator: ", ")))
        VALUES (\((["?"] + placeholders).joined(separator: ", "))) ON CONFLICT (id) DO NOTHING
        """)
    func arguments() -> [DatabaseValue] { values.map(\.value) + versions.map { $0?.databaseValue ?? .null } }
    try insert.execute(arguments: StatementArguments([record.id.text.databaseValue] + arguments()))
    if db.changesCount == 0, !columns.isEmpty {
      let old = try self.versions(of: record.id, db)
      for (index, part) in layout.parts.enumerated() {
        if record.parts[part.name] == nil {
          versions[index] = old[index]
        } else if let old = old[index] {
          try removePieces(of: old, as: part.name, of: record.id, db)
        }
      }
      let changes = zip(columns, placeholders).map { "\($0) = \($1)" }.joined(separator: ", ")
      try db.cachedStatement(sql: "UPDATE \(roots) SET \(changes) WHERE id = ?")
        .execute(arguments: StatementArguments(arguments() + [record.id.text.databaseValue]))
    }
    for (part, content) in record.parts {
      if case .bytes(let data) = content { try insertPieces(data, of: version, as: part, of: record.id, db) }
    }
  }

  func store(_ content: ArtifactRecord.Content, as part: String, of id: ArtifactID, _ db: Database) throws {
    let old = try version(of: part, of: id, db)
    if let old { try removePieces(of: old, as: part, of: id, db) }
    guard case .bytes(let data) = content else {
      if old != nil { try setVersion(nil, of: part, of: id, db) }
      return
    }
    let version = Self.newVersion()
    try insertPieces(data, of: version, as: part, of: id, db)
    try setVersion(version, of: part, of: id, db)
  }

  private func removePieces(of version: Int64, as part: String, of id: ArtifactID, _ db: Database) throws {
    let range = Self.pieces(of: version)
    try db.cachedStatement(sql: "DELETE FROM \(table(of: part)) WHERE id = ? AND piece BETWEEN ? AND ?")
      .execute(arguments: [id.text, range.lowerBound, range.upperBound])
  }

  private func insertPieces(
    _ data: Data, of version: Int64, as part: String, of id: ArtifactID, _ db: Database
  ) throws {
    var rest = data
    var place = 0
    // At least one, for a part without bytes is there too.
    repeat {
      try insert(rest.prefix(Self.pieceLength), at: place, of: version, as: part, of: id, db)
      rest = rest.dropFirst(Self.pieceLength)
      place += 1
    } while !rest.isEmpty
  }

  func insert(
    _ piece: Data, at place: Int, of version: Int64, as part: String, of id: ArtifactID, _ db: Database
  ) throws {
    try db.cachedStatement(sql: "INSERT INTO \(table(of: part)) (id, piece, content) VALUES (?, ?, ?)")
      .execute(arguments: [id.text, Self.pieces(of: version).lowerBound + Int64(place), piece])
  }

  func setVersion(_ version: Int64?, of part: String, of id: ArtifactID, _ db: Database) throws {
    try db.cachedStatement(sql: "UPDATE \(roots) SET \(versionColumn(of: part)) = ? WHERE id = ?")
      .execute(arguments: [version, id.text])
  }

  func remove(_ ids: [ArtifactID], _ db: Database) throws -> Int {
    let list = try Self.list(ids)
    for part in layout.parts {
      // Those that somebody is writing are not the artifact's, and his to remove.
      let table = table(of: part.name)
      try db.cachedStatement(
        sql: """
          DELETE FROM \(table) WHERE \(Self.isAmong(ids.count)) AND piece >> \(Self.placeBits) =
            (SELECT \(versionColumn(of: part.name)) FROM \(roots) WHERE \(roots).id = \(table).id)
          """
      ).execute(arguments: [list])
    }
    try db.cachedStatement(sql: "DELETE FROM \(roots) WHERE \(Self.isAmong(ids.count))").execute(arguments: [list])
    return db.changesCount
  }

  /// Any number of ids as one argument; of one, itself.
  static func list(_ ids: [ArtifactID]) throws -> String {
    if ids.count == 1 { return ids[0].text }
    return String(decoding: try JSONEncoder().encode(ids.map(\.text)), as: UTF8.self)
  }

  /// Whether an id is in the list.
  static func isAmong(_ count: Int) -> String { count == 1 ? "id = ?" : "id IN (SELECT value FROM json_each(?))" }
}
