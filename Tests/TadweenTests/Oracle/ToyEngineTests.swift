import TadweenCore
import Testing

/// A checker that has never failed proves nothing.
@Suite("The oracle against a toy")
struct ToyEngineTests {
  @Test("Whatever a correct machine does in whatever order is permitted", arguments: [0, 50])
  func permitted(cancelled: Int) async {
    let trial = Trial(seeds: 0..<3000, cancelled: cancelled)
    let result = await trial.run { ToyEngine(seed: $0) }
    print("oracle against the toy, \(cancelled) % cancelled: \(result)")
    #expect(result.mismatches.isEmpty, "\(result.mismatches.prefix(3).joined(separator: "\n"))")
  }

  @Test("Each fault of the machine is caught", arguments: ToyEngine.Fault.allCases)
  func caught(fault: ToyEngine.Fault) async {
    let trial = Trial(seeds: 0..<1000, cancelled: 50)
    let result = await trial.run { ToyEngine(seed: $0, fault: fault) }
    print("fault \(fault): \(result)")
    #expect(!result.mismatches.isEmpty, "\(fault) goes unnoticed")
  }
}
