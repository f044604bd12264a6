internal import GRDB
internal import Tadween

/// The tables of one kind of artifact: that of the roots, and one for each part.
///
/// A part is kept in pieces, for SQLite keeps no value of more than a billion bytes, and reads one as a whole. Each time that
/// it is stored it gets a new version: the artifact's row names it, and the numbers of its pieces begin with it. So a reader
/// that comes back for its next piece knows whether it is still of the same bytes, and pieces can be there of which no
/// artifact knows yet.
struct ArtifactTables: Sendable {
  /// Raised with every change of how things are stored that an older version would misread.
  static let version = 2
  static let pieceLength = PartBytes.pieceLength
  /// How many bits of a piece's number are its place; the version is above them. 16 TiB a part.
  static let placeBits = 24

  let name: String
  let layout: ArtifactLayout
  let sql: RootStatements

  /// - Throws: `invalidArgument` where the name is none.
  init(named name: String, _ layout: ArtifactLayout) throws {
    let isTaken = ["sqlite_", "tadween_"].contains { name.lowercased().hasPrefix($0) }
    if name.isEmpty || isTaken || name.contains(where: { $0 == "\"" || $0 == "." || $0 == "\0" }) {
      throw TadweenError(
        .invalidArgument,
        "\"\(name)\" is no name for a table: leave out quotes and dots, and do not begin it with \"sqlite_\" or \"tadween_\"."
      )
    }
    self.name = name
    self.layout = layout
    sql = RootStatements(
      Self.quoted(name),
      (layout.columns.map(\.name) + layout.eager.map(\.name) + layout.parts.map { "\($0.name).version" })
        .map(Self.quoted))
  }

  var roots: String { quoted(name) }
  func table(of part: String) -> String { quoted("\(name).\(part)") }
  func quoted(_ name: String) -> String { Self.quoted(name) }
  private static func quoted(_ name: String) -> String { "\"\(name)\"" }

  /// The column that says which version of a part is the artifact's; null where the part is absent. No column of the
  /// schema has a dot in its name.
  func versionColumn(of part: String) -> String { quoted("\(part).version") }

  /// Not 0, which is that of what was stored before there were versions.
  static func newVersion() -> Int64 { Int64.random(in: 1..<1 << (63 - Int64(placeBits))) }

  /// The numbers of a version's pieces.
  static func pieces(of version: Int64) -> ClosedRange<Int64> {
    let first = version << placeBits
    return first...first + (1 << placeBits - 1)
  }

  /// Makes what is missing, and checks what is there.
  func prepare(_ db: Database, path: String) throws {
    // In a table of ours, for the file may have a `user_version` of the user's.
    try db.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS tadween_artifacts (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS tadween_codings (artifact TEXT, name TEXT, coding TEXT, PRIMARY KEY (artifact, name));
        CREATE TABLE IF NOT EXISTS tadween_streams
          (artifact TEXT, part TEXT, id TEXT, version INTEGER, PRIMARY KEY (artifact, part, id, version));
        CREATE TABLE IF NOT EXISTS \(roots) (id TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
        """)
    try db.execute(sql: "INSERT OR IGNORE INTO tadween_artifacts VALUES (?, ?)", arguments: [name, Self.version])
    let version = try Int.fetchOne(db, sql: "SELECT version FROM tadween_artifacts WHERE name = ?", arguments: [name])
    if let version, version > Self.version {
      throw TadweenError(
        .repositoryFailed,
        "The table \"\(name)\" in \"\(path)\" has version \(version), and this program knows \(Self.version): use a newer version of Tadween."
      )
    }
    try db.execute(
      sql: "UPDATE tadween_artifacts SET version = ? WHERE name = ? AND version < ?",
      arguments: [Self.version, name, Self.version])
    var problems = try addColumns(db)
    problems += try checkCodings(db)
    for part in layout.parts {
      try db.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS \(table(of: part.name))
            (id TEXT NOT NULL, piece INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id, piece))
          """)
      try addVersionColumn(of: part.name, db)
    }
    for column in layout.columns where column.isIndexed {
      try db.execute(
        sql: "CREATE INDEX IF NOT EXISTS \(quoted("\(name).by.\(column.name)")) ON \(roots) (\(quoted(column.name)))")
    }
    if problems.isEmpty { return }
    throw TadweenError(
      .repositoryFailed,
      "The table \"\(name)\" in \"\(path)\" does not fit: \(problems.joined(separator: "; ")). Give what changed a new name, which keeps what is stored, or convert the table by hand."
    )
  }

  private func addVersionColumn(of part: String, _ db: Database) throws {
    let known = try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?) WHERE name = ?)",
      arguments: [name, "\(part).version"])
    if known == true { return }
    try db.execute(
      sql: """
        ALTER TABLE \(roots) ADD COLUMN \(versionColumn(of: part)) INTEGER;
        UPDATE \(roots) SET \(versionColumn(of: part)) = 0 WHERE id IN
          (SELECT id FROM \(table(of: part)) WHERE piece <= \(Self.pieces(of: 0).upperBound));
        """)
  }

  private func addColumns(_ db: Database) throws -> [String] {
    // SQLite takes no notice of case.
    var known: [String: String] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [name]) {
      let column: String = row["name"]
      known[column.lowercased()] = row["type"]
    }
    var problems: [String] = []
    let wanted =
      layout.columns.map { ($0.name, $0.type.declaration) }
      + layout.eager.map { ($0.name, ColumnType.bytes.declaration) }
    for (column, declaration) in wanted {
      if let there = known[column.lowercased()] {
        if there != declaration { problems.append("\"\(column)\" is \(there) there, and \(declaration) in the schema") }
      } else {
        try db.execute(sql: "ALTER TABLE \(roots) ADD COLUMN \(quoted(column)) \(declaration)")
      }
    }
    return problems
  }

  private func checkCodings(_ db: Database) throws -> [String] {
    var problems: [String] = []
    for value in layout.eager + layout.parts {
      let there = try String.fetchOne(
        db, sql: "SELECT coding FROM tadween_codings WHERE artifact = ? AND name = ?", arguments: [name, value.name])
      if let there, there != value.coding {
        problems.append("\"\(value.name)\" is coded as \(there) there, and as \(value.coding) in the schema")
      }
      try db.execute(
        sql: "INSERT OR IGNORE INTO tadween_codings VALUES (?, ?, ?)", arguments: [name, value.name, value.coding])
    }
    return problems
  }
}

extension ColumnType {
  fileprivate var declaration: String {
    switch self {
    case .integer: "INTEGER"
    case .real: "REAL"
    case .text: "TEXT"
    case .bytes: "BLOB"
    }
  }
}
