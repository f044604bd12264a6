import Foundation
import GRDB
import TadweenSQLite
import Testing

/// What no contract asks of parts in pieces: what is left of them in the database, and what others see of it.
@Suite struct SQLiteStreamTests {
  let folder: Folder
  var path: String { folder.path("tapes.sqlite") }
  init() throws { folder = try Folder() }

  private struct Interruption: Error {}

  private func tapes() throws -> SQLiteRepository<Tape> { try SQLiteRepository(path: path) }

  /// How many pieces are in the database, whether they are somebody's or not.
  private func stored() async throws -> Int {
    try await DatabaseQueue(path: path).read { db in
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM tadween_streams") == 0)
      return try Int.fetchOne(db, sql: "SELECT count(*) FROM \"Tape.audio\"") ?? 0
    }
  }

  @Test func nothingIsLeftOfWhatWasReplacedOrCut() async throws {
    let tapes = try tapes()
    try await tapes.save(Tape(root: .init(id: "a")))
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 70))
    #expect(try await stored() == 70)
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 40))
    #expect(try await stored() == 40)
    await #expect(throws: Interruption.self) {
      try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 5) { if $0 == 4 { throw Interruption() } })
    }
    #expect(try await stored() == 40)
    // A write that is cut by the cancel of its task cannot be asked to tidy up in it.
    let task = Task {
      try await tapes.writePart(
        \.$audio, of: "a",
        from: Tape.audio(pieces: 5) { if $0 == 3 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } } })
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await stored() == 40)
    await #expect(throws: TadweenError.self) {
      try await tapes.writePart(
        \.$audio, of: "a", from: Tape.audio(pieces: 3) { if $0 == 2 { _ = try await tapes.delete("a") } })
    }
    #expect(try await stored() == 0)
  }

  @Test func whatADeadProcessLeftIsRemoved() async throws {
    let tapes = try tapes()
    try await tapes.save(Tape(root: .init(id: "a")))
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 2))
    func die() async {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let tapes = try SQLiteRepository<Tape>(path: path)
        try await tapes.writePart(
          \.$audio, of: "a", from: Tape.audio(pieces: 5) { if $0 == 3 { kill(getpid(), SIGKILL) } })
      }
    }
    func left() async throws -> Int? {
      try await DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \"Tape.audio\"") }
    }
    await die()
    #expect(try await left() == 5)
    #expect(try await tapes.loadPart(\.$audio, of: "a") == Tape.piece(0) + Tape.piece(1))
    // At the next write in pieces, of whatever part.
    try await tapes.save(Tape(root: .init(id: "b")))
    try await tapes.writePart(\.$audio, of: "b", from: Tape.audio(pieces: 1))
    #expect(try await stored() == 3)
    // And when it is opened.
    await die()
    #expect(try await left() == 6)
    _ = try self.tapes()
    #expect(try await stored() == 3)
  }

  /// Neither who opens the database meanwhile nor who writes in pieces takes them for those of a dead process.
  @Test func whatIsBeingWrittenIsLeftAlone() async throws {
    let tapes = try tapes()
    try await tapes.save(contentsOf: [Tape(root: .init(id: "a")), Tape(root: .init(id: "b"))])
    let path = path
    try await tapes.writePart(
      \.$audio, of: "a",
      from: Tape.audio(pieces: 3) { number in
        if number != 2 { return }
        try await SQLiteRepository<Tape>(path: path).writePart(\.$audio, of: "b", from: Tape.audio(pieces: 2))
      })
    #expect(try await tapes.loadPart(\.$audio, of: "a") == (0..<3).reduce(Data()) { $0 + Tape.piece($1) })
    #expect(try await stored() == 5)
  }

  /// Another connection writes between any two pieces, and does not wait for it.
  @Test func aSlowSourceHoldsUpNobody() async throws {
    let tapes = try tapes()
    try await tapes.save(Tape(root: .init(id: "a")))
    let other = try SQLiteRepository<Tape>(path: path, options: SQLiteOptions(busyTimeout: .zero))
    try await tapes.writePart(
      \.$audio, of: "a",
      from: Tape.audio(pieces: 3) { try await other.save(Tape(root: .init(id: "b", title: "\($0)"))) })
    #expect(try await tapes.load("b").root.title == "3")
  }

  @Test func aReaderIsToldThatThePartIsAnother() async throws {
    let tapes = try tapes()
    try await tapes.save(Tape(root: .init(id: "a")))
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 2))
    var pieces = try #require(await tapes.readPart(\.$audio, of: "a")).makeAsyncIterator()
    #expect(try await pieces.next() == Tape.piece(0))
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 2))
    do {
      _ = try await pieces.next()
      Issue.record("it was read")
    } catch let error as TadweenError {
      #expect(error.code == .changedMeanwhile)
      #expect(error.message.contains("\"audio\" of \"a\" was replaced or deleted while it was read: read it again"))
    }
  }

  @Test func piecesThatAnotherProgramRemovedAreMissed() async throws {
    let tapes = try tapes()
    try await tapes.save(Tape(root: .init(id: "a")))
    let path = path
    do {
      try await tapes.writePart(
        \.$audio, of: "a",
        from: Tape.audio(pieces: 3) { number in
          if number == 2 {
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM \"Tape.audio\"") }
          }
        })
      Issue.record("it was written")
    } catch let error as TadweenError {
      #expect(error.code == .repositoryFailed && error.message.contains("Write it again"), "\(error)")
    }
    #expect(try await tapes.presentParts(of: "a") == [])
  }

  /// The tables as they were before parts had versions.
  @Test func aFileOfTheFirstVersionIsTakenOver() async throws {
    try await DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          CREATE TABLE tadween_artifacts (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
          INSERT INTO tadween_artifacts VALUES ('Tape', 1);
          CREATE TABLE Tape (id TEXT PRIMARY KEY NOT NULL, title TEXT) WITHOUT ROWID;
          INSERT INTO Tape VALUES ('a', 'T'), ('b', 'none');
          CREATE TABLE "Tape.audio"
            (id TEXT NOT NULL, piece INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id, piece));
          """)
      for number in 0..<2 {
        try db.execute(
          sql: "INSERT INTO \"Tape.audio\" VALUES ('a', ?, ?)", arguments: [number, Tape.piece(number)])
      }
    }
    let tapes = try tapes()
    let whole = Tape.piece(0) + Tape.piece(1)
    #expect(try await tapes.load("a", parts: [\.$audio]).audio == whole)
    #expect(try await tapes.presentParts(of: "a") == ["audio"])
    #expect(try await tapes.presentParts(of: "b") == [])
    let seen = try await tapes.readPart(\.$audio, of: "a")?.reduce(into: Data()) { $0.append($1) }
    #expect(seen == whole)
    try await tapes.writePart(\.$audio, of: "a", from: Tape.audio(pieces: 1))
    #expect(try await tapes.loadPart(\.$audio, of: "a") == Tape.piece(0))
    #expect(try await stored() == 1)
  }
}
