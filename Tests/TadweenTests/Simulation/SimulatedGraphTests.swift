import Foundation
import TadweenTesting
import Testing

/// The engine whole, in worlds where everything goes wrong (§8.3).
@Suite struct SimulatedGraphTests {
  /// `TADWEEN_SEEDS` asks for more; see `Scripts/simulate`.
  static let graphs = number("TADWEEN_SEEDS") ?? 500
  /// `TADWEEN_SEED` asks for one, to replay it.
  static let seed = number("TADWEEN_SEED").map(UInt64.init)

  private static func number(_ variable: String) -> Int? {
    ProcessInfo.processInfo.environment[variable].flatMap(Int.init)
  }

  @Test func everyRunEndsAsTheRulesSayWhateverGoesWrong() async {
    let result = await SimulatedTrial().run(graphs: Self.seed == nil ? Self.graphs : 1, from: Self.seed ?? 0)
    print("simulation: random graphs:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
    if Self.seed != nil { return }
    #expect(result.missing.isEmpty, "these never occurred: \(result.missing)")
    #expect(result.stagesPerGraph > 5.5)
  }
}
