import TadweenTesting
import Testing

@testable import Tadween

/// Runs, dead letters and parked work in the wrong hands, or at the wrong time: refused with a word, and nothing changes.
@Suite(.timeLimit(.minutes(1))) struct StrangeRunTests {
  /// A workflow of many stages, in which one thing has failed and another is parked.
  private func elsewhere() async throws -> (
    workflow: Workflow, run: Run, letter: DeadLetters.Letter, item: ParkedWork.Item
  ) {
    let workflow = Workflow(name: "elsewhere", logger: .silent)
    let entry = try workflow.pass("entry", Int.self)
    for number in 0..<5 { try workflow.link(entry, to: try workflow.pass("\(number)", Int.self)) }
    let failing = try workflow.addStage("failing") { (_: Int) -> Int in throw Trouble("no") }
    let parking = try workflow.addStage("parking", options: .init(park: Park(for: .seconds(3_600)))) {
      (_: Int) -> Int in throw Trouble("no")
    }
    let other = try workflow.pass("other", Int.self)
    try workflow.link(entry, to: failing)
    try workflow.link(entry, to: parking)
    try workflow.link(entry, to: other)
    try workflow.join(parking, other, into: try workflow.pass("join", Int.self)) { $0 + $1 }
    try await workflow.build()
    let run = try await workflow.submit(1)
    while true {
      if let letter = try await workflow.deadLetters.list().first, let item = try await workflow.parked.list().first {
        return (workflow, run, letter, item)
      }
      await Task.yield()
    }
  }

  @Test func whatIsAnotherWorkflowsIsRefused() async throws {
    let (elsewhere, run, letter, item) = try await elsewhere()
    try await withWorkflow { workflow in
      try workflow.pass("entry", Int.self)
    } use: { workflow, _ in
      let uses: [@Sendable () async throws -> Void] = [
        { _ = try workflow.explain(run) },
        { _ = try await workflow.deadLetters.redrive(letter) },
        { _ = try await workflow.deadLetters.redrive([letter]) },
        { _ = try await workflow.deadLetters.plan(letter) },
        { try await workflow.parked.decide(item, .substitute(value: 7)) },
        { try await workflow.parked.decide(item, .fail) },
      ]
      for use in uses {
        let error = try await tadweenError(use)
        #expect(error.code == .invalidArgument && error.run == run.id, "\(error)")
        #expect(error.message.contains("\"elsewhere\"") && error.message.contains("\"test\""), "\(error)")
      }
    }
    #expect(try await elsewhere.parked.list().map(\.run) == [run.id])
    #expect(try elsewhere.explain(run).contains { $0.stage == "join" })
    try await run.cancel()
    _ = try await run.end()
    try await elsewhere.close()
  }

  @Test(arguments: BrokerKind.allCases) func aRunThatIsAliveIsNotRedriven(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("asr") { (n: Int) in
        journal.write("asr")
        try await gate.pass()
        return n
      }
    } use: { workflow, asr in
      let run = try await workflow.submit(7)
      await gate.arrivals(1)
      let error = try await tadweenError { _ = try await run.redrive() }
      #expect(error.code == .nothingToRedrive && error.run == run.id && error.message.contains("\(run.id)"))
      #expect(run.outcome == nil && run.ticket.round == 0)
      gate.open()
      #expect(try await run.output(of: asr) == 7)
    }
    #expect(journal.lines == ["asr"])
  }

  @Test(arguments: BrokerKind.allCases) func whatIsAliveBesideWhatFailedIsLeftAlone(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    try await withWorkflow(kind) { workflow in
      let entry = try workflow.pass("entry", Int.self)
      let alive = try workflow.addStage("alive") { (n: Int) in
        journal.write("alive")
        try await gate.pass()
        return n
      }
      let broken = try workflow.addStage("broken") { (n: Int) in
        journal.write("broken")
        if journal.count(of: "broken") == 1 { throw Trouble("no") }
        return n
      }
      try workflow.link(entry, to: alive)
      try workflow.link(entry, to: broken)
      return alive
    } use: { workflow, alive in
      let run = try await workflow.submit(7)
      await gate.arrivals(1)
      while try await workflow.deadLetters.count() == 0 { await Task.yield() }
      // It is the same run still, with one end to come.
      let again = try await run.redrive()
      #expect(again.round == run.round)
      try await journal.wait(for: "broken", times: 2)
      gate.open()
      #expect(try await run.output(of: alive) == 7)
    }
    #expect(journal.lines.sorted() == ["alive", "broken", "broken"])
  }

  @Test(arguments: BrokerKind.allCases) func aCancelAfterTheCloseSaysSo(_ kind: BrokerKind) async throws {
    let (gate, workflow) = (Gate(), Workflow(name: "done", broker: kind.make()))
    try workflow.addStage("asr") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    await #expect(throws: TadweenError.self) { try await workflow.close(timeout: .zero) }
    let uses: [@Sendable () async throws -> Void] = [{ try await run.cancel() }, { _ = try await run.redrive() }]
    for use in uses {
      let error = try await tadweenError(use)
      #expect(error.code == .brokerClosed && error.message.contains("\"done\""), "\(error)")
    }
  }
}
