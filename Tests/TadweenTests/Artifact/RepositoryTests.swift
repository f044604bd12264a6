import Foundation
import Testing

@testable import Tadween

/// What no contract asks: what is said of values that cannot be stored or read.
@Suite struct RepositoryTests {
  let recordings: InMemoryRepository<Recording>
  init() throws { recordings = try InMemoryRepository() }

  @Test func whatCannotBeDecodedSaysWhichAndWhatToDo() async throws {
    try await recordings.save(Recording(root: .init(id: "a")))
    _ = try await recordings.storePart("transcript", .bytes(Data([1, 2])), of: "a")
    var error = try await tadweenError { _ = try await recordings.load("a", parts: .all) }
    #expect(error.code == .corruptData && error.message.contains("\"a\"") && error.message.contains("\"transcript\""))
    var record = try #require(await recordings.records(RepositoryQuery(ids: ["a"]), parts: []).first)
    record.columns["plays"] = .text("many")
    try await recordings.store([record])
    error = try await tadweenError { _ = try await recordings.load("a") }
    #expect(error.code == .corruptData && error.message.contains("\"plays\" does not hold a Int"), "\(error)")
    record.columns["plays"] = nil
    try await recordings.store([record])
    error = try await tadweenError { _ = try await recordings.load("a") }
    #expect(error.code == .corruptData && error.message.contains("give the column a default"), "\(error)")
  }

  @Test func whatIsNoNumberIsRefused() async throws {
    let error = try await tadweenError { try await recordings.save(Recording(root: .init(id: "a", duration: .nan))) }
    #expect(error.code == .invalidArgument && error.message.contains("\"duration\" is not a number"), "\(error)")
    #expect(try await recordings.count() == 0)
  }

  @Test func whatCannotBeEncodedSavesNothing() async throws {
    var recording = Recording(root: .init(id: "b"))
    recording.transcript = .init(words: [])
    recording.meta.title = "fine"
    try await recordings.save(contentsOf: [recording])
    struct Odd: Artifact {
      struct Root: ArtifactRoot { var id: ArtifactID }
      var root: Root
      @Lazy var numbers: Double?
      static let schema = ArtifactSchema<Odd>({ Odd(root: $0) }) { Part("numbers", \.$numbers) }
    }
    let odds = try InMemoryRepository<Odd>()
    var odd = Odd(root: .init(id: "b"))
    odd.numbers = .nan
    let both = [Odd(root: .init(id: "a")), odd]
    let error = try await tadweenError { try await odds.save(contentsOf: both) }
    #expect(
      error.code == .repositoryFailed && error.message.contains("\"numbers\" of Odd cannot be encoded"), "\(error)")
    #expect(try await odds.count() == 0)
  }
}
