import Foundation
import TadweenSQLite
import Testing

/// The Swift type changes, and the file stays.
@Suite struct SQLiteVersionTests {
  let folder: Folder
  var path: String { folder.path("notes.sqlite") }

  init() async throws {
    folder = try Folder()
    let notes = try SQLiteRepository<Notes.First>(path: path, table: "Note")
    var note = Notes.First(root: .init(id: "a", title: "T", mood: "glad"))
    note.text = "words"
    try await notes.save(note)
  }

  @Test func whatIsNewAppearsAndWhatIsGoneIsKept() async throws {
    let notes = try SQLiteRepository<Notes.Second>(path: path, table: "Note")
    var note = try await notes.load("a", parts: .all)
    #expect(note.root.title == "T" && note.root.stars == 3 && note.root.place == nil && note.tags == ["old"])
    #expect(note.text == "words" && note.$summary.state == .absent)
    note.root.stars = 5
    note.summary = "short"
    try await notes.save(note)
    #expect(try await notes.ids { $0.stars == 5 } == ["a"])
    let old = try await SQLiteRepository<Notes.First>(path: path, table: "Note").load("a", parts: .all)
    #expect(old.root.mood == "glad" && old.text == "words")
  }

  @Test func whatChangedIsSaidAllAtOnce() throws {
    let error = try #require(throws: TadweenError.self) { try SQLiteRepository<Notes.Third>(path: path, table: "Note") }
    #expect(error.code == .repositoryFailed)
    for words in [
      "\"title\" is TEXT there, and INTEGER in the schema", "\"mood\" is TEXT there, and REAL",
      "\"text\" is coded as json there, and as propertyList", "Give what changed a new name",
    ] { #expect(error.message.contains(words), "\(error)") }
  }

  @Test func severalKindsShareAFile() async throws {
    let others = try SQLiteRepository<Notes.Third>(path: path, table: "Other")
    try await others.save(.init(root: .init(id: "a", title: 1)))
    #expect(try await SQLiteRepository<Notes.First>(path: path, table: "Note").load("a").root.title == "T")
    #expect(try await others.count() == 1)
  }
}
