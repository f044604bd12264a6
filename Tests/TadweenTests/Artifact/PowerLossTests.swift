import Foundation
import Testing

@testable import Tadween
@testable import TadweenTesting

/// Power is lost at any step of a save, or the system refuses one: every artifact is whole afterwards, as it was or as it was
/// to be, and what was acknowledged is there (trap 11).
@Suite struct PowerLossTests {
  /// What an artifact's parts and columns all say, and after a bar what a part says that was written in pieces since.
  typealias Contents = [ArtifactID: String]

  private func record(_ id: ArtifactID, _ word: String) -> ArtifactRecord {
    ArtifactRecord(
      id: id, columns: ["name": .text(word)], eager: ["meta": Data(word.utf8)],
      parts: [
        "text": .bytes(Data((word + word).utf8)), "blob": word.hasSuffix("1") ? .absent : .bytes(Data(word.utf8)),
      ])
  }

  private func pieces(_ word: String) -> [Data] { (0..<3).map { Data("\(word) \($0)".utf8) } }

  /// What is there, or what is wrong with it.
  private func contents(_ files: ArtifactFiles) throws -> Contents {
    var contents: Contents = [:]
    for record in try files.records(RepositoryQuery(), parts: ["text", "blob"]) {
      guard case .text(let word) = record.columns["name"] else { throw Trouble("\(record.id) has no name") }
      var wanted = self.record(record.id, word)
      contents[record.id] = word
      if case .bytes(let blob) = record.parts["blob"], blob.first == UInt8(ascii: "s") {
        let streamed = String(decoding: blob.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        wanted.parts["blob"] = .bytes(pieces(streamed).reduce(Data(), +))
        contents[record.id] = "\(word)|\(streamed)"
      }
      if record != wanted { throw Trouble("\(record.id) is of two saves") }
    }
    return contents
  }

  /// Works until the power goes. Returns what may be there then: what a call did that returned is certain, and what one did
  /// that threw may have been done or not.
  private func work(
    _ files: ArtifactFiles, streams: ClosedRange<Int>, _ random: inout SeededGenerator
  ) throws -> [Contents] {
    var possible: [Contents] = [[:]]
    let ids: [ArtifactID] = ["a", "b", "c", ArtifactID(stringLiteral: String(repeating: "/", count: 150))]
    do {
      do { try files.makeRoot() } catch is FileError { try files.makeRoot() }
      for number in 0..<12 {
        let chosen = ids.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        let kind = Int.random(in: 0..<8, using: &random)
        let before = possible
        possible += before.map { contents in
          switch kind {
          case 0, 1: chosen.reduce(into: contents) { $0[$1] = nil }
          case streams:
            contents.merging([chosen[0]: "s\(number)"].filter { contents[$0.key] != nil }) {
              "\($0.prefix { $0 != "|" })|\($1)"
            }
          default: chosen.reduce(into: contents) { $0[$1] = "w\(number)" }
          }
        }
        do {
          switch kind {
          case 0, 1: _ = try files.remove(Array(chosen))
          case streams: try stream("s\(number)", of: chosen[0], files)
          default: try files.store(chosen.map { record($0, "w\(number)") })
          }
          possible.removeFirst(before.count)
        } catch is FileError {}
      }
    } catch is LosingFileSystem.PowerLoss {}
    return possible
  }

  /// A part in pieces, as the repository writes it.
  private func stream(_ word: String, of id: ArtifactID, _ files: ArtifactFiles) throws {
    let draft = try files.beginPart("blob")
    do {
      for piece in pieces(word) { try draft.file.append(piece) }
      _ = try files.storePart("blob", draft, of: id)
    } catch let error as FileError {
      try? files.remove(draft)
      throw error
    }
  }

  private func files(_ system: LosingFileSystem) -> ArtifactFiles {
    ArtifactFiles(root: "disk/root", system: system, layout: ContractArtifact.schema.layout)
  }

  /// What is wrong after a loss of power at some moment; nil: nothing.
  private func loss(_ seed: UInt64, streams: ClosedRange<Int> = 2...3, syncs: Bool) throws -> String? {
    var random = SeededGenerator(seed: seed, stream: 0)
    let course = random
    let whole = LosingFileSystem(syncs: syncs)
    _ = try work(files(whole), streams: streams, &random)
    random = course
    let end = Int.random(in: 1...whole.steps, using: &random)
    random = course
    let system = LosingFileSystem(syncs: syncs, end: end)
    let possible = try work(files(system), streams: streams, &random)
    let left = files(system.afterLoss(&random))
    do {
      let seen = try contents(left)
      if !possible.contains(seen) { return "step \(end): \(seen) and none of \(possible)" }
      left.removeDrafts()
      if try left.system.names(in: "disk/root/@drafts") != [] { return "step \(end): a draft is left" }
      // And it goes on from there.
      try left.makeRoot()
      try left.store([record("a", "next"), record("b", "next")])
      let next = try contents(left)
      return next["a"] == "next" && next["b"] == "next" ? nil : "step \(end): it does not go on"
    } catch { return "step \(end): \(error)" }
  }

  @Test func everyArtifactIsWholeWhereverThePowerGoes() throws {
    for seed in 0..<500 as Range<UInt64> {
      if let loss = try loss(seed, syncs: true) { Issue.record("seed \(seed), \(loss)") }
    }
  }

  /// Most of them in pieces.
  @Test func everyPartInPiecesIsWholeWhereverThePowerGoes() throws {
    for seed in 500..<1000 as Range<UInt64> {
      if let loss = try loss(seed, streams: 2...6, syncs: true) { Issue.record("seed \(seed), \(loss)") }
    }
  }

  /// As where the disk is full for a moment: the call throws, and is done or not.
  @Test func everyArtifactIsWholeWhateverTheSystemRefuses() throws {
    for seed in 0..<500 as Range<UInt64> {
      var random = SeededGenerator(seed: seed, stream: 1)
      let refusal = Int.random(in: 1...400, using: &random)
      let files = files(LosingFileSystem(refusal: refusal))
      let possible = try work(files, streams: 2...4, &random)
      let seen = try contents(files)
      #expect(possible.contains(seen), "seed \(seed), refused at \(refusal)")
    }
  }

  /// The test sees what it is for: without syncing, artifacts are lost and torn.
  @Test func withoutSyncingItIsNot() throws {
    #expect(try (0..<100 as Range<UInt64>).count { try loss($0, syncs: false) != nil } > 50)
  }
}
