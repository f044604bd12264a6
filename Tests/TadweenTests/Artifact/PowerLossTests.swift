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

  /// Works until the power goes. Returns what is certain to be there, and what is if the last call was done after all.
  private func work(_ files: ArtifactFiles, _ random: inout SeededGenerator) throws -> (
    before: Contents, after: Contents
  ) {
    var (before, after): (Contents, Contents) = ([:], [:])
    let ids: [ArtifactID] = ["a", "b", "c", ArtifactID(stringLiteral: String(repeating: "/", count: 150))]
    do {
      while !(try isAllowed { try files.makeRoot() }) {}
      for number in 0..<12 {
        after = before
        let chosen = ids.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        let isRemoved = Int.random(in: 0..<4, using: &random) == 0
        for id in chosen { after[id] = isRemoved ? nil : "w\(number)" }
        let isDone = try isAllowed {
          if isRemoved {
            _ = try files.remove(Array(chosen))
          } else {
            try files.store(chosen.map { record($0, "w\(number)") })
          }
        }
        before = isDone ? after : try outcome(of: files, before, after)
      }
    } catch is LosingFileSystem.PowerLoss {}
    return (before, after)
  }

  /// - Returns: False where the system refused.
  private func isAllowed(_ body: () throws -> Void) throws -> Bool {
    do { try body() } catch is FileError { return false }
    return true
  }

  /// What is there after a call that the system refused in its middle: all of it, or nothing.
  private func outcome(of files: ArtifactFiles, _ before: Contents, _ after: Contents) throws -> Contents {
    let seen = try contents(files)
    if seen != before && seen != after { throw Trouble("\(seen) is neither \(before) nor \(after)") }
    return seen
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
    let (before, after) = try work(files(system), &random)
    let left = files(system.afterLoss(&random))
    do {
      let seen = try contents(left)
      if seen != before && seen != after { return "step \(end): \(seen) and neither \(before) nor \(after)" }
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
      let (before, _) = try work(files, &random)
      #expect(try contents(files) == before, "seed \(seed)")
    }
  }

  /// The test sees what it is for: without syncing, artifacts are lost and torn.
  @Test func withoutSyncingItIsNot() throws {
    #expect(try (0..<100 as Range<UInt64>).count { try loss($0, syncs: false) != nil } > 50)
  }
}
