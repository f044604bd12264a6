import Testing

@testable import TadweenCore

/// How many parents of a quorum can succeed together.
@Suite("Compatibility", .timeLimit(.minutes(1)))
struct CompatibilityTests {
  private func greatest(_ links: [[Int: Int]]) -> Int? { Compatibility.greatest(among: links) }

  @Test("Links without needs, and such as agree, all succeed")
  func agreeing() {
    #expect(greatest([]) == 0)
    #expect(greatest([[:], [:]]) == 2)
    #expect(greatest([[0: 1], [0: 1, 1: 2], [1: 2], [:]]) == 4)
  }

  @Test("Of each choice one arm, with as many links as need it")
  func arms() {
    #expect(greatest([[0: 0], [0: 1], [0: 2]]) == 1)
    #expect(greatest([[0: 0], [0: 1], [0: 1], [:]]) == 3)
    // The arm with fewer links of its own may leave more of another choice's.
    #expect(greatest([[0: 0], [0: 0], [0: 1], [0: 1, 1: 0], [0: 1, 1: 1], [0: 1, 1: 1]]) == 3)
  }

  @Test("As a search of every subset finds it")
  func everySubset() {
    var random = Random(state: 7)
    for _ in 0..<300 {
      let links = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        (0..<Int.random(in: 0...3, using: &random)).reduce(into: [Int: Int]()) { needs, _ in
          needs[Int.random(in: 0..<4, using: &random)] = Int.random(in: 0..<3, using: &random)
        }
      }
      let best = (0..<1 << links.count).filter { subset in
        let chosen = links.indices.filter { subset >> $0 & 1 == 1 }.flatMap { Array(links[$0]) }
        return Dictionary(grouping: chosen, by: \.key).values.allSatisfy { Set($0.map(\.value)).count == 1 }
      }.map(\.nonzeroBitCount).max()
      #expect(greatest(links) == best, "\(links)")
    }
  }

  @Test("Thousands of choices beside each other, thousands of arms, choices below choices")
  func many() {
    #expect(greatest((0..<10_000).map { [$0 / 2: $0 % 2] }) == 5_000)
    #expect(greatest((0..<10_000).map { [0: $0] }) == 1)
    // A tree: a link for each leaf, which needs the arm of every choice above it.
    let leaves = (0..<2_048).map { leaf in
      (0..<11).reduce(into: [Int: Int]()) { needs, depth in
        needs[leaf >> (11 - depth) + 1 << depth] = leaf >> (10 - depth) & 1
      }
    }
    #expect(greatest(leaves) == 1)
  }

  @Test("Where choices are tangled beyond telling, it says so, and soon")
  func tangled() {
    let links = (0..<40).flatMap { one in (0..<one).map { other in [one: (one + other) % 2, other: other % 3] } }
    #expect(greatest(links) == nil)
  }

  private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }
}
