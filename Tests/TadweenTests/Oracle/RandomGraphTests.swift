import TadweenCore
import Testing

@Suite("Random graphs")
struct RandomGraphTests {
  @Test("Most drafts are valid, six stages on average, and every feature occurs")
  func coverage() {
    var accepted = 0
    var stages = 0
    var counts: [String: Int] = [:]
    var reasons: [String: Int] = [:]
    var sizes: Set<Int> = []
    let drawn: UInt64 = 4000
    for seed in 0..<drawn {
      let draft = RandomGraph.draft(seed: seed)
      do {
        _ = try WorkflowGraph(draft)
      } catch {
        for issue in error.issues { reasons["\(issue)".filter { !$0.isNumber }, default: 0] += 1 }
        continue
      }
      accepted += 1
      stages += draft.stages.count
      sizes.insert(draft.stages.count)
      for feature in Features.of(draft) { counts[feature, default: 0] += 1 }
    }
    let percent = Double(accepted) * 100 / Double(drawn)
    print(
      "random graphs: \(accepted) of \(drawn) drafts valid (\(percent) %), \(Double(stages) / Double(accepted)) stages")
    for feature in Features.all { print("  \(counts[feature] ?? 0)  \(feature)") }
    for (reason, count) in reasons.sorted(by: { $0.value > $1.value }).prefix(5) {
      print("  refused \(count)×: \(reason)")
    }
    #expect(percent > 50)
    #expect(sizes == Set(1...10))
    for feature in Features.all { #expect(counts[feature, default: 0] > 20, "\(feature) is too rare") }
  }

  @Test("The same seed draws the same draft and the same script")
  func repeatable() {
    for seed in 0..<50 as Range<UInt64> {
      let first = RandomGraph.draft(seed: seed)
      #expect("\(first)" == "\(RandomGraph.draft(seed: seed))")
      let one = Oracle(first, .random(for: first, seed: seed)).imagined
      let other = Oracle(first, .random(for: first, seed: seed)).imagined
      #expect("\(one.visits)" == "\(other.visits)")
    }
  }
}
