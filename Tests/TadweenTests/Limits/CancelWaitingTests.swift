import TadweenTesting
import Testing

@testable import Tadween

/// What waits at a stage, and is ended there (rule R12).
@Suite("R12: cancelling what waits at a stage", .timeLimit(.minutes(1))) struct CancelWaitingTests {
  @Test(
    "what is ready or stands at a gate ends cancelled, what runs goes on, and what comes later is not touched",
    arguments: BrokerKind.allCases, [true, false])
  func ready(_ kind: BrokerKind, hasGates: Bool) async throws {
    let (gate, journal) = (Gate(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 1])
    let a = try workflow.addStage("a", options: .init(demands: hasGates ? ["cuda": 1] : .none)) { (n: Int) in
      if n == 0 { try await gate.pass() }
      return n
    }
    let b = try workflow.addStage("b") { (n: Int) in journal.write("b\(n)") }
    try workflow.link(a, to: b)
    try await workflow.build()
    let first = try await workflow.submit(0)
    await gate.arrivals(1)
    let rest = try await workflow.submit(contentsOf: 1..<2_500)
    let stage = try workflow.engine.stages[0]
    await eventually { stage.load == (2_499, 1) }
    #expect(try await workflow.cancelWaiting(at: "a") == 2_499)
    for run in rest { #expect(run.outcome == .cancelled) }
    #expect(stage.load == (0, 1) && first.outcome == nil)
    #expect(try await workflow.cancelWaiting(at: "a") == 0)
    let last = try await workflow.submit(9)
    gate.open()
    try await first.completion()
    try await last.completion()
    #expect(journal.lines == ["b0", "b9"])
    let cancelled = try workflow.snapshot().stages.map(\.cancelled)
    #expect(cancelled == [2_499, 0])
    try await workflow.close()
  }

  @Test(
    "what waits for its next attempt ends too, and gives its key up", arguments: BrokerKind.allCases, [true, false])
  func delayed(_ kind: BrokerKind, hasKey: Bool) async throws {
    let (clock, journal) = (TestClock(), Journal())
    let workflow = Workflow(name: "test", broker: kind.make(), clock: clock, logger: .silent)
    let key = hasKey ? ConcurrencyKey { (_: Int) in "all" } : nil
    let options = StageOptions(retry: .fixed(.seconds(10), maxAttempts: 3), concurrencyKey: key)
    try workflow.addStage("a", options: options) { (n: Int) in
      journal.write("a\(n)")
      if n == 1 { throw Trouble("no") }
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    try await clock.waitForSleepers(1)
    #expect(try await workflow.cancelWaiting(at: "a") == 1)
    #expect(try await run.end().outcome == .cancelled)
    try await workflow.submit(2).completion()
    clock.advance(by: .seconds(20))
    try await workflow.close()
    #expect(journal.lines == ["a1", "a2"])
  }

  @Test("so does what waits for the handler of its last attempt to return")
  func awaitingReturn() async throws {
    let (clock, wall, journal) = (TestClock(), Wall(), Journal())
    let workflow = Workflow(name: "test", clock: clock, logger: .silent)
    try workflow.addStage(
      "a", options: .init(retry: .fixed(.zero, maxAttempts: 3), timeout: .seconds(1))
    ) { (_: Int) in
      journal.write("a")
      await wall.stand()
    }
    try await workflow.build()
    let run = try await workflow.submit(1)
    await wall.arrivals(1)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(1))
    let stage = try workflow.engine.stages[0]
    await eventually { stage.load == (1, 1) }
    #expect(try await workflow.cancelWaiting(at: "a") == 1)
    #expect(try await run.end().outcome == .cancelled)
    wall.tearDown()
    try await workflow.close()
    #expect(journal.lines == ["a"])
  }

  @Test(
    "items of a map that have not opened end too, and a gather of outcomes goes on without them",
    arguments: BrokerKind.allCases)
  func items(_ kind: BrokerKind) async throws {
    let gate = Gate()
    try await withWorkflow(kind) { workflow in
      let split = try workflow.addStage("split") { (n: Int) in Array(0..<n) }
      let item = try workflow.addStage("item", options: .init(queueBound: 1)) { (n: Int) in
        if n == 0 { try await gate.pass() }
        return "\(n)"
      }
      let all = try workflow.pass("all", String.self)
      try workflow.link(split, toEach: item)
      try workflow.gather(item, into: all, .outcome) { $0.map(\.word).joined() }
      return all
    } use: { workflow, all in
      let run = try await workflow.submit(5)
      await gate.arrivals(1)
      let stage = try workflow.engine.stages[1]
      await eventually { stage.load == (4, 1) }
      #expect(try await workflow.cancelWaiting(at: "item") == 4)
      gate.open()
      // The join took them as outcomes, so that the run has succeeded.
      #expect(try await run.output(of: all) == "0xxxx")
      #expect(run.outcome == .succeeded)
      // They are not lost all the same.
      let again = try await run.redrive()
      #expect(try await again.output(of: all) == "01234")
    }
  }

  @Test("a sink that the cut kept from running cancels its run, and a redrive does again what was cut")
  func redrive() async throws {
    let (gate, journal) = (Gate(), Journal())
    try await withWorkflow { workflow in
      let start = try workflow.pass("start", Int.self)
      let left = try workflow.addStage("left") { (n: Int) in
        journal.write("left\(n)")
        if n == 0 { try await gate.pass() }
        return n
      }
      let right = try workflow.addStage("right") { (n: Int) in
        journal.write("right\(n)")
        return n
      }
      let sum = try workflow.pass("sum", Int.self)
      try workflow.link(start, to: left)
      try workflow.link(start, to: right)
      try workflow.join(left, right, into: sum) { $0 + $1 }
      return sum
    } use: { workflow, sum in
      let first = try await workflow.submit(0)
      await gate.arrivals(1)
      let second = try await workflow.submit(1)
      try await journal.wait(for: "right1")
      let stage = try workflow.engine.stages[1]
      await eventually { stage.load == (1, 1) }
      #expect(try await workflow.cancelWaiting(at: "left") == 1)
      let end = try await second.end()
      #expect(end.outcome == .cancelled && end.absorbed.isEmpty)
      #expect(try await workflow.deadLetters.count() == 0)
      gate.open()
      #expect(try await first.output(of: sum) == 0)
      #expect(try await second.redrive().output(of: sum) == 2)
    }
    #expect(journal.count(of: "right1") == 1 && journal.count(of: "left1") == 1)
  }

  @Test("who waited for room goes on")
  func room() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a", options: .init(queueBound: 1)) { (_: Int) in try await gate.pass() }
    } use: { workflow, _ in
      let stage = try workflow.engine.stages[0]
      let first = try await workflow.submit(0)
      await gate.arrivals(1)
      let second = try await workflow.submit(1)
      let submitting = Task { try await workflow.submit(2) }
      await eventually { stage.waitingPublishers == 1 }
      #expect(try await workflow.cancelWaiting(at: "a") == 1)
      let third = try await submitting.value
      gate.open()
      try await first.completion()
      try await third.completion()
      #expect(second.outcome == .cancelled)
    }
  }

  @Test("a stage that runs when cancelled is no exception, and in a paused stage what waits ends too")
  func paused() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self, options: .init(runsWhenCancelled: true))
    } use: { workflow, _ in
      try workflow.pause("a")
      let run = try await workflow.submit(1)
      #expect(try await workflow.cancelWaiting(at: "a") == 1)
      #expect(run.outcome == .cancelled)
    }
  }

  @Test("each end is told once, and a caller that is cancelled loses none of them")
  func told() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      try workflow.pause("a")
      let run = try await workflow.submit(1)
      var words: [String] = []
      for await event in run.events {
        words.append(EventTests.word(event))
        guard words.count == 1 else { continue }
        let caller = Task { try await workflow.cancelWaiting(at: "a") }
        caller.cancel()
        #expect(try await caller.value == 1)
      }
      #expect(words == ["snapshot 1", "cancelled a", "completed cancelled"])
    }
  }

  @Test("a stage that no workflow has is named, with those that there are")
  func unknown() async throws {
    try await withWorkflow { workflow in
      try workflow.pass("a", Int.self)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.cancelWaiting(at: "b") }
      #expect(error.code == .invalidArgument && error.message.contains("\"a\""))
    }
  }

  /// Workers, retries, cancels of runs, messages that come twice or late, commits that throw: whatever it meets, each message
  /// ends once, and is counted once.
  @Test("nothing is lost or doubled by what happens at the same time", arguments: [true, false])
  func racesInSimulatedWorlds(handsOver: Bool) async throws {
    let cut = Locked(0)
    var faults = Simulation.Faults.all
    faults.longestStuck = .seconds(3)
    try await Simulation.check(seeds: 0..<100, faults: faults) { world in
      let workflow = Workflow(
        name: "races", broker: world.broker(handsOver: handsOver), resources: ["cuda": 2], logger: .silent)
      let a = try workflow.addStage(
        "a",
        options: .init(
          taskQueue: .concurrent(2), demands: world.random(in: 0...1) == 0 ? ["cuda": 1] : .none,
          retry: .exponential(maxAttempts: 50), timeout: .seconds(2))
      ) { (n: Int) in n }
      let b = try workflow.addStage("b", options: .init(retry: .exponential(maxAttempts: 50))) { (n: Int) in n }
      let c = try workflow.addStage("c", options: .init(retry: .exponential(maxAttempts: 50))) { (word: String) in word
      }
      try workflow.link(a, to: b)
      try workflow.join(b.outcome, into: c) { outcome in outcome.value.map { "\($0)" } ?? "x" }
      try await workflow.build()
      let runs = try await workflow.submit(contentsOf: 0..<12, to: a)
      var count = 0
      for _ in 0..<6 {
        try await world.clock.sleep(for: .milliseconds(world.random(in: 0...700)))
        count += try await workflow.cancelWaiting(at: world.random(in: 0...1) == 0 ? "a" : "b")
        if world.random(in: 0...3) == 0 { try await runs[world.random(in: 0...11)].cancel() }
      }
      var missing = 0
      for (n, run) in runs.enumerated() {
        switch try await run.end().outcome {
        case .failed(let failures): throw Trouble("\(failures)")
        case .cancelled: missing += 1
        case .succeeded:
          let word = try await run.output(of: c)
          if word == "x" { missing += 1 } else if word != "\(n)" { throw Trouble("run \(n) gave \(word)") }
        }
      }
      if count > missing { throw Trouble("\(count) were cancelled, and \(missing) are missing") }
      cut.withLock { $0 += count }
      try await workflow.waitUntilIdle(timeout: .seconds(3_600))
      let stages = try workflow.engine.stages
      for _ in 0..<60 where stages.contains(where: { $0.load != (0, 0) }) {
        try await world.clock.sleep(for: .seconds(10))
      }
      for stage in stages where stage.load != (0, 0) { throw Trouble("\(stage.name) still has \(stage.load)") }
      for use in workflow.resources where use.free != use.units { throw Trouble("units are lost") }
      try await workflow.close(timeout: .seconds(3_600))
    }
    #expect(cut.withLock { $0 } > 100)
  }
}
