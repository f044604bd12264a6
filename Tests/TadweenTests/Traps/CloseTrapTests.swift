import TadweenTesting
import Testing

@testable import Tadween

extension StateKey where Value == Bool {
  fileprivate static let busy = StateKey("busy", default: false)
}

/// Traps in the end of a workflow.
@Suite(.timeLimit(.minutes(1))) struct CloseTrapTests {
  @Test("trap 2: a close lets what waits for units, a key or a predicate have them", arguments: BrokerKind.allCases)
  func gatesOutlastTheQueue(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 1, "stash": 2])
    let first = try workflow.addStage("first", options: .init(demands: ["cuda": 1, "stash": .run(1)])) { (n: Int) in
      try await gate.pass()
      return n
    }
    let keyed = StageOptions(demands: ["cuda": 1], concurrencyKey: ConcurrencyKey { (_: Int) in "all" })
    let second = try workflow.addStage("second", options: keyed) { (n: Int) in n }
    let options = StageOptions(deferral: Deferral(while: { $0[.busy] }))
    let third = try workflow.addStage("third", options: options) { (n: Int) in journal.write("\(n)") }
    try workflow.link(first, to: second)
    try workflow.link(second, to: third)
    workflow.state.update { $0[.busy] = true }
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: 0..<20)
    await gate.arrivals(1)
    let desk = try #require(try workflow.engine.desk)
    async let closing: Void = workflow.close(timeout: .seconds(50))
    await eventually { workflow.isClosing }
    gate.open()
    await eventually { desk.stock.free["stash"] == 0 }
    workflow.state.update { $0[.busy] = false }
    try await closing
    #expect(runs.allSatisfy { $0.outcome == .succeeded })
    #expect(Set(journal.lines) == Set((0..<20).map(String.init)) && journal.lines.count == 20)
    #expect(desk.stock.free == desk.stock.units)
  }
}
