import GRDB
import Testing

@testable import TadweenSQLite

/// What a transaction reads and writes.
@Suite struct SQLiteTransactionTests {
  let folder: Folder
  var path: String { folder.path("notes.sqlite") }
  init() throws { folder = try Folder() }

  private func notes() throws -> SQLiteRepository<Notes.First> { try SQLiteRepository(path: path, table: "Note") }

  @Test(arguments: [(SQLiteOptions.Synchronous.off, 0), (.normal, 1), (.full, 2)])
  func whatIsCertainToBeOnTheDiskIsAsTheOptionsSay(_ level: SQLiteOptions.Synchronous, _ number: Int) async throws {
    let notes = try SQLiteRepository<Notes.First>(
      path: path, table: "Note", options: SQLiteOptions(synchronous: level))
    for _ in 1...2 {
      let found = try await notes.database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
      #expect(found == number)
      try await notes.save(Notes.First(root: .init(id: "a")))
    }
  }

  /// A transaction that reads first and was begun DEFERRED fails at its first write where another wrote meanwhile.
  @Test("trap 11: writers of two connections wait for each other, and none fails as busy")
  func oneArtifactSavedByTwoRepositoriesAtOnce() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        let notes = try notes()
        group.addTask {
          for number in 0..<50 {
            var note = Notes.First(root: .init(id: "a", title: "\(writer) \(number)"))
            note.text = note.root.title
            try await notes.save(note)
            let seen = try await notes.load("a", parts: .all)
            #expect(seen.text == seen.root.title)
            // Looks whether the artifact is there before it writes.
            let other = Notes.First(root: .init(id: "b"))
            try await notes.save(other)
            try await notes.savePart(\.$text, "words", of: "b")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// The table of the parts is gone, and nobody who wants none notices.
  @Test func whoeverWantsNoPartsReadsNothingOfThem() async throws {
    let notes = try notes()
    try await notes.save(.init(root: .init(id: "a", title: "T")))
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "DROP TABLE \"Note.text\"") }
    #expect(try await notes.load("a").root.title == "T")
    #expect(try await notes.filter { $0.title == "T" }.count == 1)
    await #expect(throws: TadweenError.self) { try await notes.load("a", parts: .all) }
  }

  @Test func aSaveOfManyIsDoneOrNot() async throws {
    let notes = try notes()
    try await notes.save(.init(root: .init(id: "a", title: "old")))
    // A trigger stands for whatever goes wrong in the middle.
    try await DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          CREATE TRIGGER refuse BEFORE INSERT ON Note WHEN new.title = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END
          """)
    }
    let batch = [("a", "new"), ("b", "good"), ("c", "bad"), ("d", "good")]
    await #expect(throws: TadweenError.self) {
      try await notes.save(
        contentsOf: batch.map { Notes.First(root: .init(id: try ArtifactID($0.0), title: $0.1)) })
    }
    #expect(try await notes.ids() == ["a"])
    #expect(try await notes.load("a").root.title == "old")
  }
}
