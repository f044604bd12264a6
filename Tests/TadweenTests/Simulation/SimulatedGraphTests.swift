import Foundation
import TadweenTesting
import Testing

/// The engine whole, in worlds where everything goes wrong (§8.3).
@Suite struct SimulatedGraphTests {
  /// `TADWEEN_SEEDS` asks for more; see `Scripts/simulate`.
  static let graphs = ProcessInfo.processInfo.environment["TADWEEN_SEEDS"].flatMap(Int.init) ?? 500

  @Test func everyRunEndsAsTheRulesSayWhateverGoesWrong() async {
    let result = await SimulatedTrial().run(graphs: Self.graphs)
    print("simulation: random graphs:", result)
    #expect(result.mismatches.isEmpty, "\(result.mismatches.joined(separator: "\n"))")
    #expect(result.missing.isEmpty, "these never occurred: \(result.missing)")
    #expect(result.stagesPerGraph > 5.5)
  }
}
