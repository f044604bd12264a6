import TadweenTesting
import Testing

@testable import Tadween

/// Work over which two processes died runs with nothing beside it (rule R11).
@Suite struct IsolationTests {
  /// Lets two processes die while "work" has begun on every number of `deadly`, then starts a third.
  private func thirdProcess(
    in world: SimulatedWorld, deadly: Set<Int>, _ journal: Journal, options: StageOptions = .init(),
    submitting numbers: ClosedRange<Int> = 1...4
  ) async throws -> (workflow: Workflow, runs: [Run]) {
    var broker = world.broker(handsOver: true)
    for process in 1...3 {
      let workflow = Workflow(name: "deadly", broker: broker)
      let wall = Wall()
      var options = options
      options.taskQueue = .concurrent(4)
      let work = try workflow.addStage("work", options: options) { (number: Int, context: HandlerContext) in
        journal.write("\(process) begins \(number)")
        if process < 3 {
          if deadly.contains(number) { await wall.stand() }
        } else {
          try await world.clock.sleep(for: .seconds(1))
        }
        journal.write("\(process) ends \(number)")
        return number
      }
      let after = try workflow.addStage("after") { (number: Int) in journal.write("\(process) after \(number)") }
      try workflow.link(work, to: after)
      try await workflow.build()
      let runs = try await workflow.submit(contentsOf: numbers, to: work, id: { "\($0)" })
      if process == 3 { return (workflow, runs) }
      for number in deadly.sorted() { try await journal.wait(for: "\(process) begins \(number)") }
      for number in numbers where !deadly.contains(number) {
        // Those are done in the first process.
        try await journal.wait(for: "1 after \(number)")
      }
      broker.crash()
      wall.tearDown()
      broker = broker.restarted()
    }
    fatalError("the third process has returned")
  }

  @Test func oneAfterTheOtherAndTheOthersAfterThem() async throws {
    for seed in 0..<50 as Range<UInt64> {
      try await Simulation(seed: seed, faults: .none).run { world in
        let journal = Journal()
        let (workflow, runs) = try await thirdProcess(in: world, deadly: [1, 3], journal)
        let late = try await workflow.submit(9)
        for run in runs { try await run.completion() }
        try await late.completion()
        try await workflow.close()
        let third = journal.lines.filter { $0.hasPrefix("3 ") && !$0.contains("after") }
        #expect(
          Array(third.prefix(4)) == ["3 begins 1", "3 ends 1", "3 begins 3", "3 ends 3"], "seed \(seed): \(third)")
        #expect(third.dropFirst(4) == ["3 begins 9", "3 ends 9"])
        // What follows from the first waits too.
        let after = try #require(journal.lines.firstIndex(of: "3 after 1"))
        #expect(after > journal.lines.firstIndex(of: "3 ends 3")!)
      }
    }
  }

  @Test func whatWaitsForItCanBeCancelled() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let journal = Journal()
      let (workflow, runs) = try await thirdProcess(in: world, deadly: [1, 2, 3], journal)
      try await journal.wait(for: "3 begins 1")
      let late = try await workflow.submit(9)
      let count = try await workflow.cancelWaiting(at: "work")
      #expect(count == 3 && late.outcome == .cancelled)
      try await runs[0].completion()
      try await workflow.submit(10).completion()
      try await workflow.close()
      let third = journal.lines.filter { $0.hasPrefix("3 begins") }
      #expect(third == ["3 begins 1", "3 begins 10"])
    }
  }

  @Test func whatWaitsForItSaysSo() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let journal = Journal()
      let (workflow, runs) = try await thirdProcess(in: world, deadly: [2], journal)
      try await journal.wait(for: "3 begins 2")
      let late = try await workflow.submit(9)
      let waits = try workflow.explain(late)
      #expect(waits.map(\.reason) == [.isolation(of: "work", runs[1].id)])
      #expect(
        "\(waits[0])"
          == "\"work\" waits for \"work\" of run \(runs[1].id), which runs alone because two processes died over it.")
      try await late.completion()
      #expect(try workflow.explain().isEmpty)
      try await workflow.close()
    }
  }

  /// It is cancelled while it waits, before it could begin: nobody waits for it for ever.
  @Test(arguments: [StageOptions(), StageOptions(rate: .init(1, per: .seconds(60)))])
  func oneThatIsWantedNoLongerHoldsNobodyUp(_ options: StageOptions) async throws {
    for seed in 0..<50 as Range<UInt64> {
      try await Simulation(seed: seed, faults: .none).run { world in
        let journal = Journal()
        let (workflow, runs) = try await thirdProcess(
          in: world, deadly: [1, 2], journal, options: options, submitting: 1...2)
        try await runs[0].cancel()
        try await runs[1].cancel()
        let late = try await workflow.submit(9)
        try await late.completion()
        #expect(runs.allSatisfy { $0.outcome != nil })
        try await workflow.close()
      }
    }
  }

  /// A handler that outlives its deadline is still at work: the next one waits until it has returned.
  @Test func aStuckHandlerIsWaitedFor() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let journal = Journal()
      var broker = world.broker(handsOver: true)
      for process in 1...3 {
        let workflow = Workflow(name: "deadly", broker: broker)
        let wall = Wall()
        let options = StageOptions(taskQueue: .concurrent(2), timeout: .seconds(5))
        let work = try workflow.addStage("work", options: options) { (number: Int) in
          journal.write("\(process) begins \(number) at \(world.clock.now.offset)")
          // Deaf to the deadline.
          if process < 3 || number == 1 { await wall.stand() }
        }
        try await workflow.build()
        let runs = try await workflow.submit(contentsOf: [1, 2], to: work, id: { "\($0)" })
        if process == 3 {
          try await world.clock.sleep(for: .seconds(20))
          wall.tearDown()
          try await runs[1].completion()
          try await workflow.close()
        } else {
          for number in 1...2 { try await journal.wait(for: "\(process) begins \(number) at 0.0 seconds") }
          broker.crash()
          wall.tearDown()
          broker = broker.restarted()
        }
      }
      #expect(journal.lines.suffix(2) == ["3 begins 1 at 0.0 seconds", "3 begins 2 at 20.0 seconds"])
    }
  }

  /// And the third death is its own: it ends failed, and everything else goes on.
  @Test func theThirdDeathIsTheLast() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let journal = Journal()
      var broker = world.broker(handsOver: true)
      for process in 1...4 {
        let workflow = Workflow(name: "deadly", broker: broker)
        let wall = Wall()
        let work = try workflow.addStage("work", options: .init(taskQueue: .concurrent(2))) { (number: Int) in
          journal.write("\(process) begins \(number)")
          if number == 1 { await wall.stand() }
        }
        try await workflow.build()
        let runs = try await workflow.submit(contentsOf: [1, 2], to: work, id: { "\($0)" })
        if process < 4 {
          try await journal.wait(for: "\(process) begins 1")
          broker.crash()
          wall.tearDown()
          broker = broker.restarted()
        } else {
          let end = try await runs[0].end()
          guard case .failed(let failures) = end.outcome else { throw Trouble("\(end.outcome)") }
          #expect(failures.map(\.kind) == [.crashed])
          try await runs[1].completion()
          try await workflow.close()
        }
      }
    }
  }
}
