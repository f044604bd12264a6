import Foundation
import Testing

@testable import Tadween

/// What a repository does, on the one in memory.
@Suite struct RepositoryTests {
  let recordings: InMemoryRepository<Recording>
  init() throws { recordings = try InMemoryRepository() }

  private func fill() async throws {
    for (index, id) in (["c", "a", "b", "d"] as [ArtifactID]).enumerated() {
      var recording = Recording(root: .init(id: id, duration: Double(index) * 30, plays: index))
      if index > 1 { recording.root.status = .done }
      if id == "b" { recording.root.speaker = "Ada" }
      try await recordings.save(recording)
    }
  }

  @Test func aSavedArtifactComesBackWithThePartsThatAreAskedFor() async throws {
    var saved = Recording(
      root: .init(id: "a", status: .done, duration: 1.5, speaker: "Ada", plays: 3), meta: .init(title: "T"))
    saved.transcript = .init(words: ["one"])
    saved.loudness = nil
    try await recordings.save(saved)
    let bare = try await recordings.load("a")
    #expect(bare.root == saved.root && bare.meta == saved.meta)
    #expect(bare.$transcript.state == .notLoaded && bare.transcript == nil && !bare.$loudness.isLoaded)
    let whole = try await recordings.load("a", parts: .all)
    #expect(whole.transcript == saved.transcript && whole.$loudness.state == .absent)
    let one = try await recordings.load("a", parts: [\.$transcript])
    #expect(one.transcript == saved.transcript && one.$loudness.state == .notLoaded)
  }

  @Test func aSaveLeavesAloneWhatIsNotLoadedAndDeletesWhatIsAbsent() async throws {
    var recording = Recording(root: .init(id: "a"))
    recording.transcript = .init(words: ["one"])
    recording.loudness = [1]
    try await recordings.save(recording)
    var other = try await recordings.load("a", parts: [\.$loudness])
    other.root.plays = 7
    other.loudness = nil
    try await recordings.save(other)
    let now = try await recordings.load("a", parts: .all)
    #expect(now.root.plays == 7 && now.transcript == .init(words: ["one"]) && now.$loudness.state == .absent)
    #expect(try await recordings.presentParts(of: "a") == ["transcript"])
  }

  @Test func partsAreSavedLoadedAndDeletedAlone() async throws {
    try await recordings.save(Recording(root: .init(id: "a")))
    try await recordings.savePart(\.$loudness, [0.5], of: "a")
    #expect(try await recordings.loadPart(\.$loudness, of: "a") == [0.5])
    #expect(try await recordings.has(\.$loudness, of: "a"))
    #expect(try await !recordings.has(\.$transcript, of: "a"))
    try await recordings.deletePart(\.$loudness, of: "a")
    #expect(try await recordings.loadPart(\.$loudness, of: "a") == nil)
    for attempt in [
      { try await recordings.savePart(\.$loudness, [1], of: "nobody") },
      { _ = try await recordings.loadPart(\.$loudness, of: "nobody") },
      { _ = try await recordings.load("nobody") },
    ] {
      let error = try await tadweenError(attempt)
      #expect(error.code == .artifactNotFound && error.message.contains("Recording with the id \"nobody\""), "\(error)")
    }
  }

  @Test func filtersAreTypedAndKnowTwoTruths() async throws {
    try await fill()
    func ids(_ filter: (ArtifactColumns<Recording>) -> ArtifactFilter) async throws -> [String] {
      try await recordings.filter(filter).map(\.id.text)
    }
    #expect(try await ids { $0.duration > 30 && $0.status == .done } == ["b", "d"])
    #expect(try await ids { $0.duration <= 30 || $0.plays == 3 } == ["a", "c", "d"])
    #expect(try await ids { $0.duration < 30 } == ["c"])
    #expect(try await ids { $0.duration >= 60 } == ["b", "d"])
    #expect(try await ids { $0.speaker == nil } == ["a", "c", "d"])
    #expect(try await ids { $0.speaker != nil } == ["b"])
    #expect(try await ids { $0.speaker == "Ada" } == ["b"])
    // Where there is no speaker, it is not Ada.
    #expect(try await ids { $0.speaker != "Ada" } == ["a", "c", "d"])
    #expect(try await ids { !($0.speaker < "Z") } == ["a", "c", "d"])
    #expect(try await ids { $0.id.isIn(["a", "d", "z"]) } == ["a", "d"])
    #expect(try await ids { $0.id == "b" } == ["b"])
    #expect(try await recordings.count { $0.status == .done } == 2)
    #expect(try await recordings.ids() == ["a", "b", "c", "d"])
  }

  @Test func ordersLimitsAndOffsets() async throws {
    try await fill()
    func ids(_ order: [ArtifactOrder<Recording>], _ limit: Int? = nil, _ offset: Int = 0) async throws -> [String] {
      try await recordings.filter(order: order, limit: limit, offset: offset).map(\.id.text)
    }
    #expect(try await ids([.by(\.duration, descending: true)]) == ["d", "b", "a", "c"])
    #expect(try await ids([.by(\.status, descending: true), .by(\.plays)]) == ["c", "a", "b", "d"])
    #expect(try await ids([.by(\.speaker)]) == ["a", "c", "d", "b"])
    #expect(try await ids([], 2, 1) == ["b", "c"])
    for (limit, offset) in [(0, 0), (9, 9), (-1, 0)] { #expect(try await ids([], limit, offset).isEmpty) }
    #expect(try await ids([], 1, -5) == ["a"])
  }

  @Test func deletesAndForgets() async throws {
    try await fill()
    #expect(try await recordings.delete("a"))
    #expect(try await !recordings.delete("a"))
    #expect(try await recordings.remove(["b", "nobody"]) == 1)
    #expect(try await !recordings.exists("a"))
    #expect(try await recordings.exists("c"))
    #expect(try await recordings.presentParts(of: "a") == nil)
    #expect(try await recordings.load(["d", "a", "c"]).map(\.id) == ["c", "d"])
  }

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
