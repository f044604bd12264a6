import Foundation
import Testing

@testable import Tadween
@testable import TadweenTesting

/// Power is lost at any step of a save, or the system refuses one: every artifact is whole afterwards, as it was or as it was
/// to be, and what was acknowledged is there (trap 11).
@Suite struct PowerLossTests {
  /// What an artifact's parts and columns all say.
  typealias Contents = [ArtifactID: String]

  private func record(_ id: ArtifactID, _ word: String) -> ArtifactRecord {
    ArtifactRecord(
      id: id, columns: ["name": .text(word)], eager: ["meta": Data(word.utf8)],
      parts: [
        "text": .bytes(Data((word + word).utf8)), "blob": word.hasSuffix("1") ? .absent : .bytes(Data(word.utf8)),
      ])
  }

  /// What is there, or what is wrong with it.
  private func contents(_ files: ArtifactFiles) throws -> Contents {
    var contents: Contents = [:]
    for record in try files.records(RepositoryQuery(), parts: ["text", "blob"]) {
      guard case .text(let word) = record.columns["name"], record == self.record(record.id, word) else {
        throw Trouble("\(record.id) is of two saves")
      }
      contents[record.id] = word
    }
    return contents
  }

  /// Works until the power goes. Returns what may be there then: what a call did that returned is certain, and what one did
  /// that threw may have been done or not.
  private func work(_ files: ArtifactFiles, _ random: inout SeededGenerator) throws -> [Contents] {
    var possible: [Contents] = [[:]]
    let ids: [ArtifactID] = ["a", "b", "c", ArtifactID(stringLiteral: String(repeating: "/", count: 150))]
    do {
      do { try files.makeRoot() } catch is FileError { try files.makeRoot() }
      for number in 0..<12 {
        let chosen = ids.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        let isRemoved = Int.random(in: 0..<4, using: &random) == 0
        let before = possible
        possible += before.map { contents in
          chosen.reduce(into: contents) { $0[$1] = isRemoved ? nil : "w\(number)" }
        }
        do {
          if isRemoved {
            _ = try files.remove(Array(chosen))
          } else {
            try files.store(chosen.map { record($0, "w\(number)") })
          }
          possible.removeFirst(before.count)
        } catch is FileError {}
      }
    } catch is LosingFileSystem.PowerLoss {}
    return possible
  }

  private func files(_ system: LosingFileSystem) -> ArtifactFiles {
    ArtifactFiles(root: "disk/root", system: system, layout: ContractArtifact.schema.layout)
  }

  /// What is wrong after a loss of power at some moment; nil: nothing.
  private func loss(_ seed: UInt64, syncs: Bool) throws -> String? {
    var random = SeededGenerator(seed: seed, stream: 0)
    let course = random
    let whole = LosingFileSystem(syncs: syncs)
    _ = try work(files(whole), &random)
    random = course
    let end = Int.random(in: 1...whole.steps, using: &random)
    random = course
    let system = LosingFileSystem(syncs: syncs, end: end)
    let possible = try work(files(system), &random)
    let left = files(system.afterLoss(&random))
    do {
      let seen = try contents(left)
      if !possible.contains(seen) { return "step \(end): \(seen) and none of \(possible)" }
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

  /// As where the disk is full for a moment: the call throws, and is done or not.
  @Test func everyArtifactIsWholeWhateverTheSystemRefuses() throws {
    for seed in 0..<500 as Range<UInt64> {
      var random = SeededGenerator(seed: seed, stream: 1)
      let refusal = Int.random(in: 1...400, using: &random)
      let files = files(LosingFileSystem(refusal: refusal))
      let possible = try work(files, &random)
      let seen = try contents(files)
      #expect(possible.contains(seen), "seed \(seed), refused at \(refusal)")
    }
  }

  /// The test sees what it is for: without syncing, artifacts are lost and torn.
  @Test func withoutSyncingItIsNot() throws {
    #expect(try (0..<100 as Range<UInt64>).count { try loss($0, syncs: false) != nil } > 50)
  }
}
