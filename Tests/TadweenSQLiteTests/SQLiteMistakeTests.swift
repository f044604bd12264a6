import Foundation
import GRDB
import TadweenSQLite
import TadweenTesting
import Testing

/// Whatever is wrong with a file is said in a sentence that names it.
@Suite struct SQLiteMistakeTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func refused(_ path: String, _ words: String, table: String = "Note") throws {
    let error = try #require(throws: TadweenError.self) { try SQLiteRepository<Notes.First>(path: path, table: table) }
    #expect(error.message.contains(words), "\(error)")
    #expect(error.code == .invalidArgument || error.message.contains(path), "\(error)")
  }

  @Test func aFolderThatIsNotThere() throws {
    try refused(folder.path("none/a.sqlite"), "see whether its folder is there")
  }

  @Test func aFileThatIsNoDatabase() throws {
    let path = folder.path("text")
    try Data(repeating: 65, count: 5000).write(to: URL(filePath: path))
    try refused(path, "it is no SQLite database")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(repeating: 65, count: 5000))
  }

  @Test func aFileOfANewerVersion() async throws {
    let path = folder.path("new.sqlite")
    _ = try SQLiteRepository<Notes.First>(path: path, table: "Note")
    try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE tadween_artifacts SET version = 99") }
    try refused(path, "has version 99, and this program knows 2")
  }

  @Test func aFileThatIsCutShort() async throws {
    let path = folder.path("cut.sqlite")
    do {
      let notes = try SQLiteRepository<Notes.First>(path: path, table: "Note")
      for number in 0..<200 {
        var note = Notes.First(root: .init(id: try ArtifactID("\(number)")))
        note.text = String(repeating: "x", count: 5000)
        try await notes.save(note)
      }
    }
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
    do {
      _ = try await SQLiteRepository<Notes.First>(path: path, table: "Note").filter(parts: .all)
      Issue.record("half a file was read")
    } catch let error as TadweenError {
      #expect(error.code == .repositoryFailed && error.message.contains("it is damaged"), "\(error)")
    }
  }

  @Test func aDatabaseThatAnotherHasLocked() async throws {
    let path = folder.path("busy.sqlite")
    let options = SQLiteOptions(busyTimeout: .zero)
    let notes = try SQLiteRepository<Notes.First>(path: path, table: "Note", options: options)
    try await notes.save(.init(root: .init(id: "a")))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: path, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    do {
      try await notes.save(.init(root: .init(id: "b")))
      Issue.record("it was saved")
    } catch let error as TadweenError {
      #expect(error.code == .repositoryFailed && error.message.contains("another process has it locked"), "\(error)")
    }
    // Who reads does not wait.
    #expect(try await notes.ids() == ["a"])
    try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    try await notes.save(.init(root: .init(id: "b")))
    #expect(try await notes.count() == 2)
  }

  /// As a damaged file may; it must not stop the program.
  @Test func aFileThatHoldsSomethingElse() async throws {
    let path = folder.path("strange.sqlite")
    let notes = try SQLiteRepository<Notes.First>(path: path, table: "Note")
    var note = Notes.First(root: .init(id: "a"))
    note.text = "words"
    try await notes.save(note)
    try await DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          PRAGMA writable_schema = 1;
          UPDATE sqlite_schema SET sql = replace(sql, 'content BLOB NOT NULL', 'content BLOB') WHERE name = 'Note.text';
          PRAGMA writable_schema = RESET;
          UPDATE "Note.text" SET content = NULL;
          """)
    }
    let again = try SQLiteRepository<Notes.First>(path: path, table: "Note")
    #expect(try await again.load("a").id == "a")
    do {
      _ = try await again.load("a", parts: .all)
      Issue.record("a part of nothing was read")
    } catch let error as TadweenError {
      #expect(error.code == .corruptData && error.message.contains(path), "\(error)")
    }
  }

  /// Half of a part's bytes, which are no JSON any more.
  @Test func aPartThatCannotBeDecoded() async throws {
    let path = folder.path("half.sqlite")
    let notes = try SQLiteRepository<Notes.First>(path: path, table: "Note")
    var note = Notes.First(root: .init(id: "a"))
    note.text = "words"
    try await notes.save(note)
    try await DatabaseQueue(path: path).write { db in
      try db.execute(sql: "UPDATE \"Note.text\" SET content = CAST('\"wor' AS BLOB)")
    }
    #expect(try await notes.load("a").id == "a")
    do {
      _ = try await notes.load("a", parts: .all)
      Issue.record("half a part was decoded")
    } catch let error as TadweenError {
      #expect(
        error.code == .corruptData && error.message.contains("\"text\"") && error.message.contains("\"a\""), "\(error)")
    }
  }

  @Test func aNameThatIsNone() throws {
    for name in ["", "sqlite_x", "Tadween_x", "a\"b", "a.b"] {
      try refused(folder.path("a.sqlite"), "is no name for a table", table: name)
    }
  }
}
