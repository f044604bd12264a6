internal import Foundation
internal import GRDB
internal import Measure
internal import Tadween
internal import TadweenSQLite

/// Artifacts of a root with two columns and two parts of 10 000 bytes each, saved, loaded and found.
struct Recording: Artifact {
  struct Root: ArtifactRoot {
    var id: ArtifactID
    var status: String
    var rank: Int
  }

  var root: Root
  @Lazy var words: Data?
  @Lazy var speakers: Data?

  static let schema = ArtifactSchema<Recording>({ Recording(root: $0) }) {
    Column("status", \.status)
    Column("rank", \.rank, indexed: true)
    Part("words", \.$words, coding: .bytes)
    Part("speakers", \.$speakers, coding: .bytes)
  }

  init(root: Root) { self.root = root }
}

/// The work of `peers/sqlite_repo.py`, with the same journal, the same synchronous level and transactions of the same size.
///
/// Saving is limited by SQLite and the disk: beside it stands a bare loop that writes the same rows in the same transactions.
struct RepositoryWork {
  let items: Int
  let folder: URL
  private let part = Data((0..<10_000).map { UInt8($0 % 251) })

  init(items: Int, folder: String?) {
    self.items = items
    self.folder = folder.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
  }

  func measure() async throws -> JSONLine {
    let models = (0..<items).map { number in
      var model = Recording(root: root("recording", number, number))
      model.words = part
      model.speakers = part
      return model
    }
    var line = JSONLine("repository")
    line.add("items", items)
    line.add("journal", text: "wal")
    line.add("synchronous", text: "full")
    for (name, transaction) in [("ones", 1), ("hundreds", 100)] {
      try await withFile { path in
        let recordings = try SQLiteRepository<Recording>(path: path)
        let time = try await timed { try await save(models, in: recordings, transaction) }
        line.add("save_\(name)_s", time.seconds, places: 3)
      }
      try await withFile { path in
        let time = try await timed { try BareRows(path).write(models.map(\.id.text), part, transaction) }
        line.add("limit_\(name)_s", time.seconds, places: 3)
      }
    }
    try await withFile { path in
      let recordings = try SQLiteRepository<Recording>(path: path)
      try await save(models, in: recordings, 100)
      try await load(models.map(\.id), from: recordings, &line)
      try await save((0..<9 * items).map { Recording(root: root("other", $0, $0 + items)) }, in: recordings, 100)
      try await find(in: recordings, &line)
    }
    return line
  }

  private func load(_ ids: [ArtifactID], from recordings: SQLiteRepository<Recording>, _ line: inout JSONLine)
    async throws
  {
    var times: [Double] = []
    for _ in 0..<5 {
      var roots: [Recording] = []
      times.append(try await timed { roots = try await recordings.load(ids) }.seconds)
      guard roots.count == items, roots.allSatisfy({ !$0.$words.isLoaded }) else { throw Wrong("roots") }
    }
    line.add("roots_s", times.median, places: 4)

    var parts: [Double] = []
    for number in stride(from: 0, to: items, by: max(items / 500, 1)) {
      var bytes: Data?
      parts.append(try await timed { bytes = try await recordings.loadPart(\.$words, of: ids[number]) }.microseconds)
      guard bytes == part else { throw Wrong("a part") }
    }
    line.add("part_us", parts.median, places: 1)
  }

  private func find(in recordings: SQLiteRepository<Recording>, _ line: inout JSONLine) async throws {
    var times: [Double] = []
    for _ in 0..<5 {
      var found: [Recording] = []
      times.append(try await timed { found = try await recordings.filter { $0.rank >= 10 * items - 100 } }.milliseconds)
      guard found.count == 100 else { throw Wrong("a filter") }
    }
    line.add("filter_ms", times.median, places: 3)
  }

  private func root(_ name: String, _ number: Int, _ rank: Int) -> Recording.Root {
    let digits = String(number)
    let id = "\(name)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    // Made of letters and digits alone.
    guard let id = try? ArtifactID(id) else { preconditionFailure("\(id) is no id") }
    return Recording.Root(id: id, status: number.isMultiple(of: 2) ? "new" : "done", rank: rank)
  }

  private func save(
    _ models: [Recording], in recordings: SQLiteRepository<Recording>, _ transaction: Int
  ) async throws {
    for start in stride(from: 0, to: models.count, by: transaction) {
      try await recordings.save(contentsOf: models[start..<min(start + transaction, models.count)])
    }
  }

  private func withFile(_ body: (String) async throws -> Void) async throws {
    let path = folder.appending(path: "tadween-\(UUID()).sqlite").path
    defer { for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) } }
    try await body(path)
  }

  private struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "repository: \(what) came back wrong" }
  }
}

/// The same rows without a repository.
private struct BareRows {
  private let database: DatabaseQueue

  init(_ path: String) throws {
    database = try DatabaseQueue(path: path)
    try database.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = FULL;
          CREATE TABLE roots (id TEXT PRIMARY KEY NOT NULL, status TEXT, rank INTEGER) WITHOUT ROWID;
          CREATE INDEX byRank ON roots (rank);
          CREATE TABLE words (id TEXT, piece INTEGER, content BLOB, PRIMARY KEY (id, piece));
          CREATE TABLE speakers (id TEXT, piece INTEGER, content BLOB, PRIMARY KEY (id, piece));
          """)
    }
  }

  func write(_ ids: [String], _ part: Data, _ transaction: Int) throws {
    for start in stride(from: 0, to: ids.count, by: transaction) {
      try database.write { db in
        let root = try db.cachedStatement(sql: "INSERT INTO roots VALUES (?, 'new', ?)")
        let words = try db.cachedStatement(sql: "INSERT INTO words VALUES (?, 0, ?)")
        let speakers = try db.cachedStatement(sql: "INSERT INTO speakers VALUES (?, 0, ?)")
        for number in start..<min(start + transaction, ids.count) {
          try root.execute(arguments: [ids[number], number])
          try words.execute(arguments: [ids[number], part])
          try speakers.execute(arguments: [ids[number], part])
        }
      }
    }
  }
}
