import DurabilityTesting
import Foundation
import Subprocess
import Tadween
import Testing

@testable import TadweenTesting

/// A process is killed while it saves, and the next one finds every artifact whole, and what was acknowledged.
@Suite struct KillTests {
  /// `TADWEEN_KILLS` asks for more; see `Scripts/torture-repositories`.
  static let kills = amount("TADWEEN_KILLS", otherwise: 20)

  @Test(arguments: StoreKind.allCases)
  func whateverIsKilledLeavesEveryArtifactWhole(_ kind: StoreKind) async throws {
    let folder = try Folder()
    var random = SeededGenerator(seed: UInt64(amount("TADWEEN_SEED", otherwise: 1)), stream: 0)
    var (acknowledged, quiet) = (0, 0)
    var known: [ArtifactID: Int] = [:]
    for kill in 0..<Self.kills {
      // Now and then while it opens the store, in which it has to mend what the last one left.
      let isEarly = Int.random(in: 0..<5, using: &random) == 0
      let count = Int.random(in: 0..<5, using: &random)
      let time = Int.random(in: 0..<(isEarly ? 15_000 : 3_000), using: &random)
      let (lines, end) = try await SaveLoopProgram.run(
        kind, kind.path(in: folder.url.path), isEarly ? "early" : "kill", "\(kill)", "\(count)", "\(time)")
      #expect(end == .signaled(SIGKILL), "kill \(kill) after \(time) µs: \(lines)")
      if lines.isEmpty { quiet += 1 }
      for line in lines {
        let words = line.split(separator: " ")
        guard words.count == 2, let generation = Int(words[1]) else { throw Trouble("kill \(kill): \(line)") }
        known[try ArtifactID(String(words[0]))] = generation
        acknowledged += 1
      }
      let store = try kind.open(in: folder.url.path)
      for artifact in try await store.filter(parts: .all) {
        if let problem = artifact.problem { Issue.record("kill \(kill) after \(time) µs: \(problem)") }
      }
      for (id, generation) in known {
        let seen = try await store.load(id).root.generation
        #expect(seen >= generation, "kill \(kill) after \(time) µs: \"\(id)\" was acknowledged")
        known[id] = seen
      }
    }
    print("kills: \(kind.rawValue): \(Self.kills), \(acknowledged) saves acknowledged, \(quiet) before the first")
    // Most died among their saves.
    #expect(acknowledged > Self.kills)
  }
}
