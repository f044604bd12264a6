import Logging
import TadweenTesting
import Testing

@testable import Tadween

/// A run that takes longer than it may (rule R13).
@Suite("R13: the timeout of a run", .timeLimit(.minutes(1))) struct RunTimeoutTests {
  private let clock = TestClock()

  private func workflow(
    _ kind: BrokerKind = .inMemory, _ timeout: Duration = .seconds(60), logger: Logger = .silent
  ) -> Workflow {
    Workflow(name: "test", broker: kind.make(), runTimeout: timeout, clock: clock, logger: logger)
  }

  @Test(
    "what runs is told to stop, what waits never starts, and the run has failed of its timeout",
    arguments: BrokerKind.allCases)
  func timesOut(_ kind: BrokerKind) async throws {
    let (gate, journal, log) = (Gate(), Journal(), Recorder.Log())
    let workflow = workflow(kind, logger: .recording(log))
    let a = try workflow.addStage("a") { (n: Int) in
      journal.write("a\(n)")
      try await gate.pass()
      return n
    }
    let b = try workflow.addStage("b") { (_: Int) in journal.write("b") }
    try workflow.link(a, to: b)
    try await workflow.build()
    let first = try await workflow.submit(1)
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(20))
    let second = try await workflow.submit(2)
    #expect(first.timeLeft == .seconds(40) && second.timeLeft == .seconds(60))
    clock.advance(by: .seconds(39))
    #expect(first.outcome == nil && clock.sleepers == 1)
    clock.advance(by: .seconds(1))
    let error = try await tadweenError { try await first.completion() }
    #expect(error.code == .timedOut && error.stage == nil && error.run == first.id)
    #expect(error.message == "timeout: the run took longer than its timeout of 60.0 seconds")
    #expect(error.failures.map(\.kind) == [.timeout])
    #expect(first.timeLeft == nil)
    // The next one is due in its turn, and not before.
    await gate.arrivals(2)
    #expect(second.outcome == nil)
    gate.open()
    try await second.completion()
    #expect(second.timeLeft == nil)
    #expect(journal.lines == ["a1", "a2", "b"])
    try await workflow.close()
    #expect(log.messages(at: .warning) == ["a run has reached its deadline and is cancelled"])
  }

  @Test("stages that run when cancelled clean up, and the run is complete after them", arguments: BrokerKind.allCases)
  func cleansUp(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = workflow(kind)
    let work = try workflow.addStage("work") { (n: Int) in
      try await gate.pass()
      return n
    }
    let tidy = try workflow.addStage("tidy", options: .init(runsWhenCancelled: true)) { (text: String) in
      journal.write("tidy after \(text)")
    }
    try workflow.join(work.outcome, into: tidy) { if case .cancelled = $0 { "cancelled" } else { "\($0)" } }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    guard case .failed(let failures) = try await run.end().outcome else { throw Trouble("it has not failed") }
    #expect(failures.map(\.kind) == [.timeout])
    #expect(journal.lines == ["tidy after cancelled"])
    try await workflow.close()
  }

  @Test("a run in time has no deadline, and none of those before it has left one behind")
  func inTime() async throws {
    let workflow = workflow()
    let a = try workflow.pass("a", Int.self)
    try await workflow.build()
    for n in 0..<500 {
      let output = try await workflow.submit(n).output(of: a)
      #expect(output == n)
    }
    clock.advance(by: .seconds(30))
    for run in try await workflow.submit(contentsOf: 0..<3) { try await run.completion() }
    clock.advance(by: .seconds(31))
    // Whoever slept for the first of them finds nobody, and waits for the next submission.
    await eventually { clock.sleepers == 0 }
    try await workflow.close()
  }

  @Test("a redrive does again what was cut, with a deadline of its own", arguments: BrokerKind.allCases)
  func redriven(_ kind: BrokerKind) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = workflow(kind)
    let a = try workflow.addStage("a") { (n: Int) in
      journal.write("a")
      if journal.lines.count < 3 { try await gate.pass() }
      return n
    }
    try await workflow.build()
    var run = try await workflow.submit(1, to: a)
    for round in 1...2 {
      await gate.arrivals(round)
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(59))
      #expect(run.outcome == nil && run.timeLeft == .seconds(1))
      clock.advance(by: .seconds(1))
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .timedOut)
      run = try await run.redrive()
    }
    #expect(try await run.output(of: a) == 1)
    #expect(run.outcome == .succeeded)
    try await workflow.close()
  }

  @Test("a redrive of a run that is under way begins its time anew")
  func redrivenUnderWay() async throws {
    let (gate, isBroken) = (Gate(), Locked(true))
    let workflow = workflow()
    let start = try workflow.pass("start", Int.self)
    let slow = try workflow.addStage("slow") { (_: Int) in try await gate.pass() }
    let broken = try workflow.addStage("broken") { (_: Int) in if isBroken.withLock({ $0 }) { throw Trouble("no") } }
    try workflow.link(start, to: slow)
    try workflow.link(start, to: broken)
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(50))
    while try await workflow.deadLetters.count() == 0 { await Task.yield() }
    isBroken.withLock { $0 = false }
    _ = try await run.redrive()
    #expect(run.timeLeft == .seconds(60))
    clock.advance(by: .seconds(10))
    try await clock.waitForSleepers(1)
    #expect(run.outcome == nil && run.timeLeft == .seconds(50))
    gate.open()
    try await run.completion()
    try await workflow.close()
  }

  @Test("a handler that returns all the same keeps its output, and the run has failed even so")
  func returnsLate() async throws {
    let wall = Wall()
    let workflow = workflow()
    let a = try workflow.addStage("a") { (n: Int) in
      await wall.stand()
      return n
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    // The handler has been told before it returns.
    let slot = try workflow.engine.stages[0].slots[0]
    await eventually { slot.hand.withLock { $0.wasInterrupted } }
    #expect(run.timeLeft == nil && run.outcome == nil)
    wall.tearDown()
    let error = try await tadweenError { try await run.completion() }
    #expect(error.code == .timedOut)
    #expect(try await run.output(of: a) == 1)
    try await workflow.close()
  }

  @Test("a run that somebody has cancelled is cancelled, however long that takes")
  func cancelledBefore() async throws {
    let wall = Wall()
    let workflow = workflow()
    try workflow.addStage("a") { (_: Int) in
      await wall.stand()
      throw Trouble("late")
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    try await run.cancel()
    clock.advance(by: .seconds(60))
    await eventually { clock.sleepers == 0 }
    wall.tearDown()
    #expect(try await run.end().outcome == .cancelled)
    try await workflow.close()
  }

  @Test("a broker that throws has the cancel repeated")
  func brokerThrows() async throws {
    let gate = Gate()
    let workflow = Workflow(
      name: "test", broker: FlakyBroker(failing: [.control: 3]), runTimeout: .seconds(60), clock: clock, logger: .silent
    )
    try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    for _ in 0..<3 {
      try await clock.waitForSleepers(1)
      clock.advance(by: .seconds(1))
    }
    let error = try await tadweenError { try await run.completion() }
    #expect(error.code == .timedOut)
    try await workflow.close()
  }

  @Test("a process that finds a run unfinished counts anew")
  func recovered() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      func process(_ broker: SimulatedBroker) async throws -> (workflow: Workflow, run: Run) {
        let workflow = Workflow(name: "test", broker: broker, runTimeout: .seconds(60), logger: .silent)
        try workflow.addStage("a") { (_: Int) in try await world.clock.sleep(for: .seconds(3_600)) }
        try await workflow.build()
        return (workflow, try await workflow.submit(1, id: "one"))
      }
      let broker = world.broker(handsOver: true)
      _ = try await process(broker)
      try await world.clock.sleep(for: .seconds(50))
      broker.crash()
      let (workflow, run) = try await process(broker.restarted())
      #expect(run.timeLeft == .seconds(60))
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .timedOut && world.clock.now.offset == .seconds(110))
      try await workflow.close()
    }
  }

  @Test("what a run waits before it is submitted does not count")
  func admission() async throws {
    let gate = Gate()
    let workflow = Workflow(
      name: "test", maxRunsInFlight: 1, runTimeout: .seconds(60), clock: clock, logger: .silent)
    let a = try workflow.addStage("a") { (n: Int) in
      try await gate.pass()
      return n
    }
    try await workflow.build()
    let first = try await workflow.submit(1, to: a)
    let submitting = Task { try await workflow.submit(2, to: a) }
    await gate.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    _ = try await first.end()
    let second = try await submitting.value
    #expect(second.timeLeft == .seconds(60))
    gate.open()
    #expect(try await second.output(of: a) == 2)
    try await workflow.close()
  }

  @Test("a timeout of nought or less is refused", arguments: [Duration.zero, .seconds(-1)])
  func wrong(_ timeout: Duration) async throws {
    let workflow = workflow(.inMemory, timeout)
    try workflow.pass("a", Int.self)
    let error = try await tadweenError { try await workflow.build() }
    #expect(error.code == .invalidGraph && error.message.contains("runTimeout"))
  }

  @Test("a workflow without one has no time left to tell")
  func none() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      #expect(run.timeLeft == nil)
      gate.open()
      try await run.completion()
    }
  }
}
