internal import GRDB
internal import Tadween

/// The tables in which a broker keeps runs.
///
/// | table | a row is |
/// | --- | --- |
/// | `stages` | a stage's name, which the other tables call by its number |
/// | `runs` | a submission, and how the run ended |
/// | `events` | what happened to a run, in the order in which it did; the key is the run's number and the event's, together |
/// | `payloads` | a payload that is too long for its row, under the event's key |
/// | `letters` | an activation that failed, or is parked |
/// | `shape` | the graph that the runs were made for |
///
/// Events are added and never changed: what a run's ledger is follows from them.
enum Journal {
  /// What this library writes. A file with a greater number is a newer version's.
  static let version = 1
  /// "Tadw": what tells the file from other databases.
  static let applicationID = 0x5461_6477

  /// An event's key: the run's number in the upper bits, the event's in the lower ones. One number instead of two columns, so
  /// that the table is in the order of the runs and needs no second tree.
  static func key(_ run: Int64, _ event: Int64) -> Int64 { run << eventBits | event }
  static let eventBits: Int64 = 28
  /// The numbers that runs can have.
  static let runs: Range<Int64> = 1..<(1 << (62 - eventBits))
  static func run(ofKey key: Int64) -> Int64 { key >> eventBits }
  static func event(ofKey key: Int64) -> Int64 { key & ((1 << eventBits) - 1) }

  /// Makes the tables where there are none.
  ///
  /// - Throws: `repositoryFailed` where the file holds something else, or is a newer version's.
  static func prepare(_ db: Database, path: String) throws {
    if try isOurs(db, path: path) { return }
    guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 else {
      throw TadweenError(
        .repositoryFailed,
        "The database \"\(path)\" holds other tables than a broker's: give the broker a file of its own.")
    }
    // Has an effect before there are tables only, and once the file is written anew.
    try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
    try db.execute(sql: "VACUUM")
    try db.inTransaction(.immediate) {
      try db.execute(sql: tables)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: "PRAGMA user_version = \(Journal.version)")
      return .commit
    }
  }

  /// - Throws: `repositoryFailed` where the file is no broker's, or a newer version's.
  static func check(_ db: Database, path: String) throws {
    if try isOurs(db, path: path) { return }
    throw TadweenError(.repositoryFailed, "The database \"\(path)\" is no broker's: name the file of a broker.")
  }

  private static func isOurs(_ db: Database, path: String) throws -> Bool {
    guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else { return false }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if version > Journal.version {
      throw TadweenError(
        .repositoryFailed,
        "The database \"\(path)\" was written by a newer version of Tadween (format \(version); this one knows \(Journal.version)): use that version, or another file."
      )
    }
    return true
  }

  private static let tables = """
    CREATE TABLE stages (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE runs (
      number INTEGER PRIMARY KEY, id BLOB NOT NULL, caller TEXT, entry INTEGER NOT NULL, priority INTEGER NOT NULL,
      metadata TEXT, payload BLOB, submitted INTEGER NOT NULL, finished INTEGER, outcome INTEGER, origin INTEGER
    );
    CREATE UNIQUE INDEX runs_by_id ON runs (id);
    CREATE UNIQUE INDEX runs_by_caller ON runs (caller) WHERE caller IS NOT NULL;
    CREATE INDEX runs_unfinished ON runs (priority DESC, number) WHERE finished IS NULL;
    CREATE TABLE events (
      key INTEGER PRIMARY KEY, kind INTEGER NOT NULL, stage INTEGER, scope TEXT, generation INTEGER, attempt INTEGER,
      delivery INTEGER, lasted INTEGER, at INTEGER NOT NULL, output BLOB, input BLOB, detail TEXT
    );
    CREATE TABLE payloads (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE letters (
      run INTEGER NOT NULL, stage INTEGER NOT NULL, scope TEXT NOT NULL, generation INTEGER NOT NULL,
      parked INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (run, stage, scope)
    ) WITHOUT ROWID;
    CREATE TABLE shape (graph TEXT NOT NULL);
    """
}
