import Testing

@testable import TadweenCore

/// What a ledger directs after its process died (rule R11).
@Suite struct RecoveryTests {
  @Test("a third crash that cancels the run leaves nothing to deliver, whatever came before it")
  func whatTheLastCrashCutIsNotDelivered() throws {
    var draft = GraphDraft.of("a b c", "a>b", "a>c")
    draft.cancelsRunOnFailure = true
    let graph = try WorkflowGraph(draft)
    var ledger = RunLedger(run: RunID(high: 0, low: 1))
    var directives = Directives()
    ledger.start(at: try #require(graph.stage(named: "a")), with: .nothing, in: graph, into: &directives)
    let first = try #require(directives.deliveries.first)
    let ended = ledger.apply(Transition(of: first, .succeeded(Success(.nothing))), in: graph, into: &directives)
    #expect(ended == .applied)

    // "b" waits, and "c" is what every process dies of.
    let c = Activation(stage: try #require(graph.stage(named: "c")))
    for death in 1...3 {
      let key = try #require(ledger.ready.first { $0.activation == c })
      let begins = ledger.begin(key)
      #expect(begins)
      directives = Directives()
      ledger.recover(in: graph, into: &directives)
      #expect(directives.deliveries.map { graph[$0.stage].name } == (death < 3 ? ["b", "c"] : []))
      #expect(directives.completions.count == (death < 3 ? 0 : 1))
    }
    #expect(ledger.isComplete)
  }
}
