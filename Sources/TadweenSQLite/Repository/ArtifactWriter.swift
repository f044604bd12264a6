internal import Foundation
internal import GRDB
internal import Tadween

/// Stores records in one transaction, with statements that are looked up once in it.
final class ArtifactWriter {
  private let tables: ArtifactTables
  private let db: Database
  /// Each is looked up where it is first needed: most saves need two or three of them.
  private var roots: [Root: PreparedStatement] = [:]
  private var pieces: [String: PreparedStatement] = [:]

  private enum Root { case insert, update }

  init(_ tables: ArtifactTables, _ db: Database) { (self.tables, self.db) = (tables, db) }

  /// Stores a record in place of one with its id. A part that it does not have is left alone.
  ///
  /// What is new is one row and the pieces of its parts: only where an artifact is there already are its versions asked for,
  /// and their pieces removed.
  func store(_ record: ArtifactRecord) throws {
    // One for all the parts, each of which has a table of its own.
    let version = ArtifactTables.newVersion()
    var versions = tables.layout.parts.map { if case .bytes = record.parts[$0.name] { version } else { nil as Int64? } }
    try run(.insert, record, versions)
    if db.changesCount == 0 {
      let old = try tables.versions(of: record.id, db)
      for (index, part) in tables.layout.parts.enumerated() {
        if record.parts[part.name] == nil {
          versions[index] = old[index]
        } else if let old = old[index] {
          try tables.removePieces(of: old, as: part.name, of: record.id, db)
        }
      }
      if tables.sql.update != nil { try run(.update, record, versions) }
    }
    for (part, content) in record.parts {
      if case .bytes(let data) = content { try insert(data, of: version, as: part, of: record.id) }
    }
  }

  /// The pieces of a part.
  func insert(_ data: Data, of version: Int64, as part: String, of id: ArtifactID) throws {
    let first = ArtifactTables.pieces(of: version).lowerBound
    var (start, number) = (data.startIndex, first)
    // At least one, for a part without bytes is there too.
    repeat {
      let end = min(start + ArtifactTables.pieceLength, data.endIndex)
      try insert(data[start..<end], number: number, as: part, of: id)
      (start, number) = (end, number + 1)
    } while start < data.endIndex
  }

  func insert(_ piece: Data, number: Int64, as part: String, of id: ArtifactID) throws {
    let statement = try pieces[part] ?? look(for: part)
    statement.bind(id.text, at: 1)
    statement.bind(number, at: 2)
    try statement.run(with: piece, at: 3)
  }

  private func look(for part: String) throws -> PreparedStatement {
    let statement = try PreparedStatement(
      cached: "INSERT INTO \(tables.table(of: part)) (id, piece, content) VALUES (?, ?, ?)", db)
    pieces[part] = statement
    return statement
  }

  /// Both have the id, the columns, the eager models and the versions, in this order.
  private func run(_ root: Root, _ record: ArtifactRecord, _ versions: [Int64?]) throws {
    let sql = root == .insert ? tables.sql.insert : tables.sql.update ?? ""
    let statement = try roots[root] ?? PreparedStatement(cached: sql, db)
    roots[root] = statement
    statement.bind(record.id.text, at: 1)
    var position: Int32 = 2
    for column in tables.layout.columns {
      switch record.columns[column.name] ?? .null {
      case .null: statement.bind(nil as Int64?, at: position)
      case .integer(let integer): statement.bind(integer, at: position)
      case .real(let real): statement.bind(real, at: position)
      case .text(let text): statement.bind(text, at: position)
      case .bytes(let data): statement.bind(data, at: position)
      }
      position += 1
    }
    for eager in tables.layout.eager {
      statement.bind(record.eager[eager.name], at: position)
      position += 1
    }
    for version in versions {
      statement.bind(version, at: position)
      position += 1
    }
    try statement.run()
  }
}
