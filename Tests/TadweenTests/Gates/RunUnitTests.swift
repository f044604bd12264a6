import TadweenTesting
import Testing

@testable import Tadween

/// Rule R15: the units of a run are its own from the first stage that wants them to its end, across crashes and redrives.
@Suite struct RunUnitTests {
  /// load, which takes the unit for its run, then use, which does as it is told.
  private func workflow(
    _ broker: some Broker = .inMemory, units: Int = 1, use: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> Workflow {
    let workflow = Workflow(name: "stash", broker: broker, resources: ["stash": units == 1 ? 1 : 2])
    let load = try workflow.addStage("load", options: .init(demands: ["stash": .run(1)])) { (number: Int) in number }
    let used = try workflow.addStage("use", options: .init(taskQueue: .concurrent(4))) { (number: Int) in
      try await use(number)
    }
    try workflow.link(load, to: used)
    try await workflow.build()
    return workflow
  }

  private func holders(_ workflow: Workflow) -> [RunID] { workflow.resources[0].holders.map(\.run) }

  @Test func aRedriveTakesThemAgainBeforeItReopensTheRun() async throws {
    for seed in 0..<30 as Range<UInt64> {
      try await Simulation(seed: seed, faults: .none).run { world in
        let (wall, journal) = (Wall(), Journal())
        let workflow = try await workflow { number in
          journal.write("\(number)")
          if number == 1, journal.lines == ["1"] { throw Trouble("first") }
          if number == 2 { await wall.stand() }
        }
        let failed = try await workflow.submit(1)
        _ = try await failed.end()
        let holder = try await workflow.submit(2)
        try await journal.wait(for: "2")
        #expect(holders(workflow) == [holder.id])
        // The unit is another's: the run stays complete for so long, and a third comes after it.
        async let redriving = failed.redrive()
        let third = try await workflow.submit(3)
        try await world.clock.sleep(for: .seconds(1))
        #expect(failed.ticket.end != nil && third.outcome == nil)
        #expect(journal.lines == ["1", "2"])
        wall.tearDown()
        let again = try await redriving
        try await again.completion()
        try await third.completion()
        #expect(journal.lines == ["1", "2", "1", "3"])
        try await workflow.close()
        #expect(holder.outcome == .succeeded)
      }
    }
  }

  @Test func aRedriveThatIsGivenUpLeavesNothingBehind() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let (wall, journal) = (Wall(), Journal())
      let workflow = try await workflow { number in
        journal.write("\(number)")
        if number == 1 { throw Trouble("always") }
        if number == 2 { await wall.stand() }
      }
      let failed = try await workflow.submit(1)
      _ = try await failed.end()
      let holder = try await workflow.submit(2)
      try await journal.wait(for: "2")
      let redriving = Task(executorPreference: world.executor) { try await failed.redrive() }
      try await world.clock.sleep(for: .seconds(1))
      redriving.cancel()
      await #expect(throws: CancellationError.self) { _ = try await redriving.value }
      wall.tearDown()
      try await holder.completion()
      try await workflow.submit(3).completion()
      #expect(holders(workflow).isEmpty)
      try await workflow.close()
    }
  }

  @Test func aRedriveOfNothingGivesThemBack() async throws {
    let workflow = try await workflow { _ in }
    let run = try await workflow.submit(1)
    try await run.completion()
    let error = try await tadweenError { _ = try await run.redrive() }
    #expect(error.code == .nothingToRedrive)
    #expect(workflow.resources[0].free == 1)
    try await workflow.close()
  }

  @Test func theyAreCountedAgainWhenTheBrokerIsOpenedAnew() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let (wall, journal) = (Wall(), Journal())
      let broker = world.broker(handsOver: true)
      let old = try await workflow(broker, units: 2) { number in
        journal.write("old \(number)")
        await wall.stand()
      }
      _ = try await old.submit(contentsOf: [1, 2], id: { "\($0)" })
      for number in 1...2 { try await journal.wait(for: "old \(number)") }
      broker.crash()
      wall.tearDown()
      let gate = Wall()
      // There is one unit now, and two runs hold it.
      let new = try await workflow(broker.restarted()) { number in
        journal.write("new \(number)")
        if number < 3 { await gate.stand() }
      }
      let runs = try await new.submit(contentsOf: [1, 2], id: { "\($0)" })
      let late = try await new.submit(3)
      for number in 1...2 { try await journal.wait(for: "new \(number)") }
      try await world.clock.sleep(for: .seconds(1))
      #expect(Set(holders(new)) == Set(runs.map(\.id)))
      #expect(new.resources[0].free == -1)
      #expect(!journal.lines.contains("new 3"))
      gate.tearDown()
      for run in runs + [late] { try await run.completion() }
      #expect(new.resources[0].free == 1)
      try await new.close()
    }
  }
}
