import Testing

@testable import TadweenCore

/// What a fork has no need to do again.
@Suite struct RunSuccessesTests {
  private let graph: WorkflowGraph
  private let original = RunID(high: 0, low: 1)

  /// a leads to b and to c, which meet in d.
  init() throws {
    graph = try WorkflowGraph(GraphDraft.of("a b c d", "a>b", "a>c", "b>d", "c>d").joining("d"))
  }

  private func stage(_ name: String) throws -> StageID { try #require(graph.stage(named: name)) }

  private func key(_ name: String, generation: UInt32 = 0, number: UInt32 = 1) throws -> DeliveryKey {
    DeliveryKey(activation: Activation(stage: try stage(name)), generation: generation, number: number)
  }

  private func succeeded(_ name: String, generation: UInt32 = 0, number: UInt32 = 1) throws -> RunEvent {
    RunEvent(
      .ended(
        try key(name, generation: generation, number: number), .succeeded(Success(Payload("\(name)\(generation)")))))
  }

  private func failed(_ name: String) throws -> RunEvent {
    RunEvent(.ended(try key(name), .failed(TestRun.failure(of: name))))
  }

  private func successes(_ events: [RunEvent]) throws -> RunSuccesses {
    var successes = RunSuccesses(of: original, at: try stage("a"), with: .nothing, in: graph)
    for event in events {
      let couldHappen = successes.replay(event, in: graph)
      #expect(couldHappen)
    }
    return successes
  }

  private func outputs(_ successes: [Activation: Success]) -> [String: String] {
    Dictionary(uniqueKeysWithValues: successes.map { (graph[$0.key.stage].name, $0.value.output.value() ?? "?") })
  }

  @Test func whatFailedIsNotAmongThem() throws {
    let found = try successes([succeeded("a"), failed("b"), succeeded("c")])
    #expect(outputs(found.redoing([], in: graph)) == ["a": "a0", "c": "c0"])
  }

  @Test func aStageIsRedoneWithAllBelowIt() throws {
    let found = try successes([succeeded("a"), succeeded("b"), succeeded("c"), succeeded("d")])
    #expect(outputs(found.redoing([try stage("c")], in: graph)) == ["a": "a0", "b": "b0"])
    #expect(found.redoing([try stage("a")], in: graph).isEmpty)
  }

  @Test func whatARedriveDidAgainCountsAsItWasDoneLast() throws {
    let redriven = try successes([
      succeeded("a"), failed("b"), succeeded("c"), RunEvent(.redriven(nil)),
      succeeded("b", generation: 1),
    ])
    #expect(outputs(redriven.redoing([], in: graph)) == ["a": "a0", "b": "b1", "c": "c0"])
  }

  @Test func whatCannotHaveHappenedIsSaid() throws {
    var successes = try successes([])
    let couldHappen = successes.replay(try succeeded("d"), in: graph)
    #expect(!couldHappen)
  }

  @Test("what succeeded there succeeds here, and what is left to do is what it makes ready")
  func reuse() throws {
    let found = try successes([succeeded("a"), failed("b"), succeeded("c")])
    var fork = RunLedger(run: RunID(high: 0, low: 2))
    var directives = Directives()
    fork.start(at: try stage("a"), with: .nothing, in: graph, into: &directives)
    let events = fork.reuse(found.redoing([], in: graph), in: graph, into: &directives)
    #expect(directives.deliveries.map { graph[$0.stage].name } == ["b"])
    #expect(fork.openActivations.map { graph[$0.stage].name } == ["b"])

    // Its events say the same of it as of any run.
    var replayed = RunLedger(run: fork.run)
    replayed.start(at: try stage("a"), with: .nothing, in: graph, into: &directives)
    for event in events {
      let couldHappen = replayed.replay(event, in: graph, into: &directives)
      #expect(couldHappen)
    }
    #expect(state(of: replayed) == state(of: fork))
  }

  private func state(of ledger: RunLedger) -> [UInt8] {
    var bytes: [UInt8] = []
    ledger.encodeState(into: &bytes)
    return bytes
  }
}
