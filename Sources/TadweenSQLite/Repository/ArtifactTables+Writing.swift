internal import Foundation
internal import GRDB
internal import Tadween

extension ArtifactTables {
  func store(_ content: ArtifactRecord.Content, as part: String, of id: ArtifactID, _ db: Database) throws {
    let old = try version(of: part, of: id, db)
    if let old { try removePieces(of: old, as: part, of: id, db) }
    guard case .bytes(let data) = content else {
      if old != nil { try setVersion(nil, of: part, of: id, db) }
      return
    }
    let version = Self.newVersion()
    try ArtifactWriter(self, db).insert(data, of: version, as: part, of: id)
    try setVersion(version, of: part, of: id, db)
  }

  func removePieces(of version: Int64, as part: String, of id: ArtifactID, _ db: Database) throws {
    let range = Self.pieces(of: version)
    try db.cachedStatement(sql: "DELETE FROM \(table(of: part)) WHERE id = ? AND piece BETWEEN ? AND ?")
      .execute(arguments: [id.text, range.lowerBound, range.upperBound])
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
