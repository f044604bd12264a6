internal import Foundation
internal import GRDB
internal import Tadween

extension ArtifactTables {
  func records(_ query: RepositoryQuery, parts: Set<String>, _ db: Database) throws -> [ArtifactRecord] {
    // Bytes, for a text may have a NUL in it, at which it would end.
    let columns = layout.columns.map { $0.type == .text ? "CAST(\(quoted($0.name)) AS BLOB)" : quoted($0.name) }
    let parts = Array(parts)
    let (sql, arguments) = try select(
      (["id"] + columns + layout.eager.map { quoted($0.name) } + parts.map(versionColumn)).joined(separator: ", "),
      query)
    let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
    var records: [ArtifactRecord] = []
    // Of the parts, one record's after the other's.
    var versions: [Int64?] = []
    while let row = try rows.next() {
      // By `decode`, which throws where a damaged file holds something else; a subscript stops the program.
      var record = ArtifactRecord(id: try ArtifactID(row.decode(String.self, atIndex: 0)))
      record.columns.reserveCapacity(layout.columns.count)
      for (index, column) in layout.columns.enumerated() {
        record.columns[column.name] = ColumnLiteral(row[index + 1] as DatabaseValue, column.type)
      }
      for (index, eager) in layout.eager.enumerated() {
        record.eager[eager.name] = try row.decode(Data?.self, atIndex: 1 + layout.columns.count + index)
      }
      for index in parts.indices {
        versions.append(try row.decode(Int64?.self, atIndex: 1 + layout.columns.count + layout.eager.count + index))
      }
      records.append(record)
    }
    for (place, part) in parts.enumerated() {
      // One artifact at a time, for many at once would be sorted, with all their bytes.
      let pieces = try db.cachedStatement(
        sql: "SELECT content FROM \(table(of: part)) WHERE id = ? AND piece BETWEEN ? AND ? ORDER BY piece")
      for index in records.indices {
        let version = versions[index * parts.count + place]
        let bytes = try version.flatMap { try Self.bytes(of: $0, of: records[index].id, pieces) }
        records[index].parts[part] = bytes.map(ArtifactRecord.Content.bytes) ?? .absent
      }
    }
    return records
  }

  private static func bytes(of version: Int64, of id: ArtifactID, _ pieces: Statement) throws -> Data? {
    let range = Self.pieces(of: version)
    let cursor = try Data.fetchCursor(pieces, arguments: [id.text, range.lowerBound, range.upperBound])
    // Most parts have one piece, which is not copied once more.
    guard var bytes = try cursor.next() else { return nil }
    while let piece = try cursor.next() { bytes.append(piece) }
    return bytes
  }

  func ids(_ query: RepositoryQuery, _ db: Database) throws -> [ArtifactID] {
    let (sql, arguments) = try select("id", query)
    return try String.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map { try ArtifactID($0) }
  }

  func count(_ filter: ArtifactFilter, _ db: Database) throws -> Int {
    var arguments: [DatabaseValue] = []
    let condition = filter.sql(&arguments)
    return try Int.fetchOne(
      db, sql: "SELECT count(*) FROM \(roots) WHERE \(condition)", arguments: StatementArguments(arguments)) ?? 0
  }

  func exists(_ id: ArtifactID, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM \(roots) WHERE id = ?)"), arguments: [id.text]) ?? false
  }

  func presentParts(of id: ArtifactID, _ db: Database) throws -> Set<String>? {
    guard let versions = try storedVersions(of: id, db) else { return nil }
    return Set(zip(layout.parts, versions).filter { $1 != nil }.map { $0.0.name })
  }

  /// The versions of the parts, in the layout's order; none of an artifact that is not there.
  func versions(of id: ArtifactID, _ db: Database) throws -> [Int64?] {
    try storedVersions(of: id, db) ?? layout.parts.map { _ in nil }
  }

  private func storedVersions(of id: ArtifactID, _ db: Database) throws -> [Int64?]? {
    let columns = ["id"] + layout.parts.map { versionColumn(of: $0.name) }
    let statement = try db.cachedStatement(
      sql: "SELECT \(columns.joined(separator: ", ")) FROM \(roots) WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id.text]) else { return nil }
    return try layout.parts.indices.map { try row.decode(Int64?.self, atIndex: $0 + 1) }
  }

  /// The version of a part; nil where there is no such artifact or part.
  func version(of part: String, of id: ArtifactID, _ db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT \(versionColumn(of: part)) FROM \(roots) WHERE id = ?"), arguments: [id.text])
  }

  private func select(_ what: String, _ query: RepositoryQuery) throws -> (String, StatementArguments) {
    var arguments: [DatabaseValue] = []
    var condition = query.filter.sql(&arguments)
    if let ids = query.ids {
      condition += " AND \(Self.isAmong(ids.count))"
      arguments.append(try Self.list(ids).databaseValue)
    }
    // Where all that match are wanted, the order of the ids is no reason to go through the table in it: with a plus, SQLite
    // looks for an index of the filter's. Listed ids come in their order.
    let last = query.limit == nil && query.ids == nil ? "+id" : "id"
    let order = query.order.map { "\(quoted($0.column))\($0.isDescending ? " DESC" : "")" } + [last]
    arguments += [(query.limit ?? -1).databaseValue, query.offset.databaseValue]
    return (
      "SELECT \(what) FROM \(roots) WHERE \(condition) ORDER BY \(order.joined(separator: ", ")) LIMIT ? OFFSET ?",
      StatementArguments(arguments)
    )
  }
}
