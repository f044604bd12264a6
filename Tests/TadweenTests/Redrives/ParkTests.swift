import TadweenTesting
import Testing

@testable import Tadween

/// Rule R10: a failure may wait for somebody who decides.
@Suite("R10: park", .timeLimit(.minutes(1))) struct ParkTests {
  /// a, which fails the first time and is parked, and b behind a condition.
  private func draw(_ journal: Journal) -> (Workflow) throws -> StageReference<Int, Int> {
    { workflow in
      let a = try workflow.addStage("a", options: .init(park: Park(for: .seconds(60)))) {
        (n: Int, context: HandlerContext) in
        journal.write("a\(context.attempt)")
        if journal.lines.count == 1 { throw Trouble("no") }
        return n
      }
      let b = try workflow.addStage("b") { (n: Int) in
        journal.write("b\(n)")
        return n
      }
      try workflow.link(a, to: b, when: { $0 > 0 })
      return b
    }
  }

  private func parked(_ workflow: Workflow) async throws -> ParkedWork.Item {
    while true {
      if let item = try await workflow.parked.list().first { return item }
      await Task.yield()
    }
  }

  @Test("it is retried, with attempts from nought", arguments: BrokerKind.allCases)
  func retry(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind, clock: TestClock(), draw: draw(journal)) { workflow, b in
      let run = try await workflow.submit(7)
      let item = try await parked(workflow)
      #expect(item.stage == "a" && item.run == run.id && item.failure.messages == ["no"])
      #expect(try item.input?.converted(to: Int.self) == 7)
      #expect(run.outcome == nil)
      try await workflow.parked.decide(item, .retry)
      #expect(try await run.output(of: b) == 7)
      #expect(try await workflow.parked.list().isEmpty)
    }
    #expect(journal.lines == ["a1", "a1", "b7"])
  }

  @Test("a substitute passes through the stage's own links, and must be its output", arguments: BrokerKind.allCases)
  func substitute(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind, clock: TestClock(), draw: draw(journal)) { workflow, b in
      let run = try await workflow.submit(7)
      let item = try await parked(workflow)
      let error = try await tadweenError { try await workflow.parked.decide(item, .substitute(value: "seven")) }
      #expect(error.code == .inputValidation && error.message.contains("Int"))
      #expect(run.outcome == nil)
      try await workflow.parked.decide(item, .substitute(value: -1))
      // The condition said no.
      #expect(try await run.end().outcome == .succeeded)
      let second = try await tadweenError { try await workflow.parked.decide(item, .skip) }
      #expect(second.code == .nothingToRedrive)
    }
    #expect(journal.lines == ["a1"])
  }

  @Test("it is skipped or let fail", arguments: BrokerKind.allCases)
  func skipOrFail(_ kind: BrokerKind) async throws {
    for decision in [ParkedWork.Decision.skip, .fail] {
      let journal = Journal()
      try await withWorkflow(kind, clock: TestClock(), draw: draw(journal)) { workflow, b in
        let run = try await workflow.submit(7)
        try await workflow.parked.decide(try await parked(workflow), decision)
        let end = try await run.end()
        if case .fail = decision {
          #expect(end.absorbed.isEmpty && end.outcome != .succeeded)
          let letters = try await workflow.deadLetters.list()
          #expect(letters.map(\.stage) == ["a"] && letters.map(\.attempts) == [1])
          #expect(try await run.redrive().output(of: b) == 7)
        } else {
          #expect(end.outcome == .succeeded && end.outputs.isEmpty)
          #expect(try await workflow.deadLetters.count() == 0)
        }
      }
    }
  }

  @Test("at its deadline it fails", arguments: BrokerKind.allCases)
  func deadline(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(kind, clock: clock, draw: draw(journal)) { workflow, _ in
      let run = try await workflow.submit(7)
      let item = try await parked(workflow)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(60))
      let end = try await run.end()
      #expect(end.outcome == .failed([item.failure]))
      #expect(try await workflow.deadLetters.count() == 1)
      let error = try await tadweenError { try await workflow.parked.decide(item, .retry) }
      #expect(error.code == .nothingToRedrive && error.message.contains("parked no longer"))
    }
  }

  @Test(
    "what a redrive takes back is parked no longer, and runs on what is brought anew", arguments: BrokerKind.allCases)
  func takenBack(_ kind: BrokerKind) async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(kind, clock: clock) { workflow in
      let a = try workflow.addStage("a") { (n: Int) in
        journal.write("a")
        if journal.count(of: "a") == 1 { throw Trouble("no") }
        return n
      }
      let b = try workflow.pass("b", Int.self)
      let end = try workflow.addStage("end", options: .init(park: Park(for: .seconds(60)))) { (n: Int) in
        journal.write("end \(n)")
        if n == 0 { throw Trouble("nothing from a") }
        return n
      }
      let root = try workflow.pass("root", Int.self)
      try workflow.link(root, to: a)
      try workflow.link(root, to: b)
      try workflow.join(a.outcome, b, into: end) { a, _ in a.value ?? 0 }
      return end
    } use: { workflow, end in
      let run = try await workflow.submit(7)
      let item = try await parked(workflow)
      try await clock.waitForSleepers(1)
      let letter = try #require(try await workflow.deadLetters.list().first)
      _ = try await workflow.deadLetters.redrive(letter)
      #expect(try await run.output(of: end) == 7)
      await eventually { clock.sleepers == 0 }
      let late = try await tadweenError { try await workflow.parked.decide(item, .fail) }
      #expect(late.code == .nothingToRedrive)
    }
    #expect(journal.lines == ["a", "end 0", "a", "end 7"])
  }

  @Test("a close that gives up says how many are parked, and where", arguments: BrokerKind.allCases)
  func close(_ kind: BrokerKind) async throws {
    let clock = TestClock()
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock)
    try workflow.addStage("a", options: .init(park: Park(for: .seconds(60)))) { (_: Int) in throw Trouble("no") }
    try await workflow.build()
    _ = try await workflow.submit(contentsOf: 0..<3)
    while try await workflow.parked.list().count < 3 { await Task.yield() }
    let stage = try workflow.engine.stages[0]
    await eventually { stage.load == (0, 0) }
    let error = try await tadweenError { try await workflow.close(timeout: .zero) }
    #expect(error.code == .timedOut && error.message.contains("3 unfinished runs"))
    #expect(error.message.contains("\"a\" has 0 waiting, 0 running and 3 parked"), "\(error)")
  }

  /// Found by the random graphs: the cancellation took it from the list, and it stood there until its deadline.
  @Test("what a stage parked that runs when cancelled is listed still when its run was cancelled")
  func runsWhenCancelled() async throws {
    try await withWorkflow(.inMemory, clock: TestClock()) { workflow in
      let options = StageOptions(park: Park(for: .seconds(60)), runsWhenCancelled: true)
      return try workflow.addStage("a", options: options) { (_: Int) -> Int in throw Trouble("no") }
    } use: { workflow, a in
      let run = try await workflow.submit(7)
      _ = try await parked(workflow)
      try await run.cancel()
      let item = try #require(try await workflow.parked.list().first)
      try await workflow.parked.decide(item, .substitute(value: 8))
      #expect(try await run.output(of: a) == 8)
    }
  }

  @Test("a decision ends the wait for the deadline, and a cancelled run waits for nobody")
  func noWait() async throws {
    let (clock, journal) = (TestClock(), Journal())
    try await withWorkflow(clock: clock, draw: draw(journal)) { workflow, _ in
      let run = try await workflow.submit(7)
      _ = try await parked(workflow)
      try await run.cancel()
      #expect(try await run.end().outcome == .cancelled)
      #expect(try await workflow.parked.list().isEmpty)
      let again = try await run.redrive()
      #expect(try await again.end().outcome == .succeeded)
    }
    #expect(journal.lines == ["a1", "a1", "b7"])
  }
}
