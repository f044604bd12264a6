import Tadween
import TadweenTesting
import Testing

/// A process dies, and the next one goes on with what its broker kept.
@Suite struct CrashTests {
  @Test func theNextProcessFinishesWhatWasUnfinished() async throws {
    try await Simulation(seed: 5, faults: .none).run { world in
      let wall = Wall()
      let journal = Journal()
      @Sendable func make(_ broker: SimulatedBroker, _ process: String) async throws -> Workflow {
        let workflow = Workflow(name: "pair", broker: broker)
        let first = try workflow.addStage("first") { (number: Int) in
          journal.write("\(process) first")
          return number + 1
        }
        let second = try workflow.addStage("second", options: .init(keepsOutput: true)) { (number: Int) in
          journal.write("\(process) second")
          if process == "old" { await wall.stand() }
          return number * 2
        }
        try workflow.link(first, to: second)
        try await workflow.build()
        return workflow
      }
      let broker = world.broker(handsOver: true)
      let old = try await make(broker, "old")
      let orphan = try await old.submit(20, id: "take 1")
      try await journal.wait(for: "old second")
      broker.crash()
      await #expect(throws: TadweenError.self) { try await orphan.completion() }

      let new = try await make(broker.restarted(), "new")
      let run = try await new.submit(20, id: "take 1")
      let end = try await run.end()
      #expect(end.outcome == .succeeded)
      #expect(try end.outputs.map { try $0.output.converted(to: Int.self) } == [42])
      // What the dead process still does reaches nobody.
      wall.tearDown()
      try await new.close()
      #expect(journal.lines == ["old first", "old second", "new second"])
      #expect(world.tally[.crashed] == 1)
    }
  }

  /// Found by the random graphs: a run with nothing but parked work was not counted as unfinished, and its deadline was
  /// nobody's.
  @Test(arguments: [true, false])
  func whatADeadProcessParkedStillWaitsAndFailsAtItsDeadline(isDecided: Bool) async throws {
    try await Simulation(seed: 5, faults: .none).run { world in
      @Sendable func make(_ broker: SimulatedBroker) async throws -> Workflow {
        let workflow = Workflow(name: "parked", broker: broker, maxRunsInFlight: 2, logger: .silent)
        try workflow.addStage("a", options: .init(park: Park(for: .seconds(60)))) { (_: Int) -> Int in
          throw Trouble("no")
        }
        try await workflow.build()
        return workflow
      }
      let broker = world.broker(handsOver: true)
      let old = try await make(broker)
      _ = try await old.submit(1, id: "take 1")
      while try await old.parked.list().isEmpty { try await world.clock.sleep(for: .seconds(1)) }
      broker.crash()

      let new = try await make(broker.restarted())
      let run = try await new.submit(1, id: "take 1")
      let begin = world.clock.now
      #expect(try new.snapshot().unfinishedRuns == 1)
      if isDecided { try await new.parked.decide(try #require(try await new.parked.list().first), .skip) }
      let end = try await run.end()
      if isDecided {
        #expect(end.outcome == .succeeded && world.clock.now == begin)
      } else {
        #expect(end.outcome != .succeeded && world.clock.now.offset - begin.offset >= .seconds(60))
      }
      try await new.waitUntilIdle()
      try await new.close()
    }
  }

  /// However often it dies, and whatever is lost on the way: every run ends once, with the right result.
  @Test func aProgramThatIsStartedAgainLosesNothing() async throws {
    var faults = Simulation.Faults.harmless
    faults.chance[.crashed] = 0.9
    let report = try await Simulation.check(seeds: 0..<200, faults: faults) { world in
      let totals = try await world.restarting { broker in
        let workflow = Workflow(name: "sums", broker: broker)
        let options = StageOptions(taskQueue: .concurrent(2), queueBound: 2, retry: .fixed(.seconds(1), maxAttempts: 9))
        let split = try workflow.addStage("split", options: options) { (count: Int) in Array(0..<count) }
        let square = try workflow.addStage("square", options: options) { (number: Int) in number * number }
        let sum = try workflow.addStage("sum", options: options) { (squares: [Int]) in squares.reduce(0, +) }
        try workflow.link(split, toEach: square)
        try workflow.gather(square, into: sum)
        try await workflow.build()
        var totals: [Int] = []
        for run in try await workflow.submit(contentsOf: 1...5, to: split, id: { "\($0)" }) {
          totals.append(try await run.output(of: sum))
        }
        try await workflow.close()
        return totals
      }
      guard totals == [0, 1, 5, 14, 30] else { throw Trouble("\(totals)") }
    }
    print("simulation: crashes:", report)
    for fault in [Simulation.Fault.crashed, .deliveryLost, .deliveryDoubled, .commitThrew, .commitDoubled] {
      #expect(report.faults[fault, default: 0] > 50, "\(fault) is too rare")
    }
  }
}
