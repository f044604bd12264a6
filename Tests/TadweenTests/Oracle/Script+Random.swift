import TadweenCore

extension Script {
  /// How likely what is, in percent.
  struct Odds: Sendable {
    var fails = 9
    var cancelsBranch = 4
    var conditionHolds = 75
    /// Cancelled at some moment.
    var cancelled = 0

    init() {}
  }

  /// A script drawn from a seed: each answer is a hash of the seed and of the names it concerns, so removing a stage
  /// changes no answer about another one.
  static func random(for draft: GraphDraft, seed: UInt64, odds: Odds = Odds()) -> Script {
    let hasParent = Set(draft.links.map(\.target))
    let entries = draft.stages.map(\.name).filter { !hasParent.contains($0) }
    var random = SplitMix64(seed: seed)
    // Some scripts are calm and some wild.
    let calm = Int.random(in: 0..<4, using: &random)
    let fails = [0, odds.fails, odds.fails, 3 * odds.fails][calm]
    let drops = [0, odds.cancelsBranch, odds.cancelsBranch, 2 * odds.cancelsBranch][calm]

    // Mostly the first, from which most of the graph grew.
    let entry = Int.random(in: 0..<100, using: &random) < 60 ? entries.first : entries.randomElement(using: &random)
    var script = Script(entry: entry ?? "")
    if Int.random(in: 0..<100, using: &random) < odds.cancelled {
      script.cancelAfter = Int.random(in: 0...draft.stages.count + 2, using: &random)
    }
    script.ending = { place in
      let dice = roll(seed, "ending", place, "", 100)
      return dice < fails ? .fail : dice < fails + drops ? .cancelBranch : .succeed
    }
    script.condition = { source, target in roll(seed, "condition", source, target, 100) < odds.conditionHolds }
    script.arm = { source, choice in
      let arms = draft.links.filter { $0.choice == choice }
      let hasOtherwise = arms.contains { !$0.isConditional }
      let taken = roll(seed, "arm", source, "\(choice)", arms.count + (hasOtherwise ? 0 : 1))
      return taken < arms.count ? taken : nil
    }
    script.width = { source, map in [0, 1, 2, 2, 3][roll(seed, "width", source, "\(map)", 5)] }
    return script
  }

  private static func roll(_ seed: UInt64, _ what: String, _ place: Place, _ more: String, _ sides: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed  // FNV-1a; Swift's own hash differs from run to run
    for byte in "\(what)/\(place)/\(more)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var random = SplitMix64(seed: hash)
    return Int(random.next() % UInt64(max(sides, 1)))
  }
}
