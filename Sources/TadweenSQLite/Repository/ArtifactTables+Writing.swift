internal import Foundation
internal import GRDB
internal import Tadween

extension ArtifactTables {
  /// Stores a record in place of one with its id. A part that it does not have is left alone.
  func store(_ record: ArtifactRecord, _ db: Database) throws {
    let values =
      layout.columns.map { SQLValue(record.columns[$0.name] ?? .null) }
      + layout.eager.map { SQLValue(record.eager[$0.name].map(ColumnLiteral.bytes) ?? .null) }
    let columns = names.map(quoted)
    let change =
      columns.isEmpty ? "NOTHING" : "UPDATE SET " + columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO \(roots) (\((["id"] + columns).joined(separator: ", ")))
        VALUES (\((["?"] + values.map(\.placeholder)).joined(separator: ", "))) ON CONFLICT (id) DO \(change)
        """)
    try statement.execute(arguments: StatementArguments([record.id.text.databaseValue] + values.map(\.value)))
    for (part, content) in record.parts { try store(content, as: part, of: record.id, db) }
  }

  func store(_ content: ArtifactRecord.Content, as part: String, of id: ArtifactID, _ db: Database) throws {
    let old = try version(of: part, of: id, db)
    if let old {
      let range = Self.pieces(of: old)
      try db.cachedStatement(sql: "DELETE FROM \(table(of: part)) WHERE id = ? AND piece BETWEEN ? AND ?")
        .execute(arguments: [id.text, range.lowerBound, range.upperBound])
    }
    guard case .bytes(let data) = content else {
      if old != nil { try setVersion(nil, of: part, of: id, db) }
      return
    }
    let version = Self.newVersion()
    var rest = data
    var place = 0
    // At least one, for a part without bytes is there too.
    repeat {
      try insert(Data(rest.prefix(Self.pieceLength)), at: place, of: version, as: part, of: id, db)
      rest = rest.dropFirst(Self.pieceLength)
      place += 1
    } while !rest.isEmpty
    try setVersion(version, of: part, of: id, db)
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
