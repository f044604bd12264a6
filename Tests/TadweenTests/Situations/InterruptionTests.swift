import TadweenTesting
import Testing

@testable import Tadween

/// A process ends in the middle of its work: what it had is finished, or goes back and costs nothing (rule R11).
@Suite struct InterruptionTests {
  /// One process of a program that ends and is started again.
  private func process(
    _ broker: SimulatedBroker, policy: StagePolicyBuilder<Int, Int> = .init(), options: StageOptions = .init(),
    _ handler: @escaping @Sendable (Int, HandlerContext) async throws -> Int
  ) async throws -> Workflow {
    let workflow = Workflow(name: "mortal", broker: broker)
    try workflow.addStage("work", policy: policy, options: options, handler)
    try await workflow.build()
    return workflow
  }

  private func closesLate(_ workflow: Workflow, _ words: String) async throws {
    let error = try await tadweenError { try await workflow.close(timeout: .seconds(10)) }
    #expect(error.code == .timedOut && error.message.contains(words), "\(error)")
  }

  @Test func whatWasCutIsReadyAgainWithTheSameAttempt() async throws {
    try await Simulation(seed: 1, faults: .none).run { world in
      let journal = Journal()
      let broker = world.broker(handsOver: true)
      let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2))
      let policy = StagePolicyBuilder<Int, Int>().onError { _, _, _ in journal.write("failed") }
      let old = try await process(broker, policy: policy, options: options) { number, context in
        if context.attempt == 1 { throw Trouble("first") }
        journal.write("attempt \(context.attempt) begins")
        try await world.clock.sleep(for: .seconds(3600))
        return number
      }
      let orphan = try await old.submit(1, id: "one")
      try await journal.wait(for: "attempt 2 begins")
      try await closesLate(old, "1 unfinished run; \"work\" has 0 waiting and 1 running")
      let told = try await tadweenError { try await orphan.completion() }
      #expect(told.code == .brokerClosed)

      let new = try await process(broker.restarted(), options: options) { number, context in
        journal.write(
          "attempt \(context.attempt), \(context.failures.count) failed, \(context.delivery.crashes) crashes")
        return number
      }
      let run = try await new.submit(1, id: "one")
      try await run.completion()
      try await new.close()
      // The policy was told of the attempt that failed, and of no other.
      #expect(journal.lines == ["failed", "attempt 2 begins", "attempt 2, 1 failed, 0 crashes"])
    }
  }

  @Test func whatIsFinishedWhenItIsToldToStopCounts() async throws {
    try await Simulation(seed: 2, faults: .none).run { world in
      let journal = Journal()
      let broker = world.broker(handsOver: true)
      let old = try await process(broker) { number, _ in
        journal.write("begins")
        do { try await world.clock.sleep(for: .seconds(3600)) } catch { journal.write("\(world.clock.now.offset)") }
        return number
      }
      let run = try await old.submit(1, id: "one")
      try await journal.wait(for: "begins")
      try await closesLate(old, "1 unfinished run")
      // A second before the timeout, which is not waited for.
      #expect(journal.lines == ["begins", "9.0 seconds"] && world.clock.now.offset == .seconds(9))
      #expect(run.outcome == .succeeded)
    }
  }

  /// It was told to stop at nine seconds, and its own time is over while it does.
  @Test func aDeadlineAfterThatIsNoFailure() async throws {
    try await Simulation(seed: 7, faults: .none).run { world in
      let (wall, journal) = (Wall(), Journal())
      let broker = world.broker(handsOver: true)
      let options = StageOptions(retry: .fixed(.zero, maxAttempts: 2), timeout: .milliseconds(9_200))
      let old = try await process(broker, options: options) { number, context in
        journal.write("begins")
        await wall.stand()
        try Task.checkCancellation()
        return number
      }
      _ = try await old.submit(1, id: "one")
      try await journal.wait(for: "begins")
      async let close: Void = closesLate(old, "1 unfinished run")
      try await world.clock.sleep(for: .milliseconds(9_500))
      wall.tearDown()
      try await close
      let new = try await process(broker.restarted(), options: options) { number, context in
        journal.write(
          "attempt \(context.attempt), \(context.failures.count) failed, \(context.delivery.crashes) crashes")
        return number
      }
      try await new.submit(1, id: "one").completion()
      try await new.close()
      #expect(journal.lines == ["begins", "attempt 1, 0 failed, 0 crashes"])
    }
  }

  /// What has not begun when the process ends goes on in the next one.
  @Test func nothingMoreIsBegun() async throws {
    try await Simulation(seed: 3, faults: .none).run { world in
      let journal = Journal()
      let broker = world.broker(handsOver: true)
      let old = try await process(broker, options: .init(queueBound: 4)) { number, _ in
        journal.write("\(number)")
        try await world.clock.sleep(for: .seconds(3600))
        return number
      }
      let orphans = try await old.submit(contentsOf: 1...3, id: { "\($0)" })
      try await journal.wait(for: "1")
      try await closesLate(old, "3 unfinished runs; \"work\" has 2 waiting and 1 running")
      #expect(orphans.allSatisfy { $0.outcome == nil })
      let new = try await process(broker.restarted()) { number, context in
        journal.write("\(number), \(context.delivery.crashes) crashes")
        return number
      }
      for run in try await new.submit(contentsOf: 1...3, id: { "\($0)" }) { try await run.completion() }
      try await new.close()
      #expect(journal.lines.sorted() == ["1", "1, 0 crashes", "2, 0 crashes", "3, 0 crashes"])
    }
  }

  /// What is told to stop may finish well, and what follows from it is for the next process.
  @Test func whatFollowsFromWhatFinishesIsNotBegun() async throws {
    try await Simulation(seed: 6, faults: .none).run { world in
      let (wall, journal) = (Wall(), Journal())
      let workflow = Workflow(name: "mortal", broker: world.broker(handsOver: true))
      // Holds the end up until its time is over.
      try workflow.addStage("deaf") { (_: Int) in await wall.stand() }
      let first = try workflow.addStage("first") { (number: Int) in
        journal.write("begins")
        do { try await world.clock.sleep(for: .seconds(3600)) } catch { journal.write("finishes") }
        return number
      }
      let second = try workflow.addStage("second", options: .init(taskQueue: .concurrent(2))) { (number: Int) in
        journal.write("follows")
      }
      try workflow.link(first, to: second)
      try await workflow.build()
      _ = try await workflow.submit(1, to: "deaf")
      _ = try await workflow.submit(1, to: "first")
      try await journal.wait(for: "begins")
      await wall.arrivals(1)
      try await closesLate(workflow, "2 unfinished runs")
      #expect(journal.lines == ["begins", "finishes"])
      wall.tearDown()
    }
  }

  @Test func membersOfABatchGoBackToo() async throws {
    try await Simulation(seed: 4, faults: .none).run { world in
      let journal = Journal()
      let broker = world.broker(handsOver: true)
      @Sendable func make(_ broker: SimulatedBroker, _ handler: Batches) async throws -> Workflow {
        let workflow = Workflow(name: "batches", broker: broker)
        try workflow.addStage("work", batch: handler, .init(upTo: 2, within: .seconds(1)))
        try await workflow.build()
        return workflow
      }
      let old = try await make(broker, Batches(journal: journal) { try await world.clock.sleep(for: .seconds(3600)) })
      _ = try await old.submit(contentsOf: 1...2, id: { "\($0)" })
      try await journal.wait(for: "[1, 2]")
      try await closesLate(old, "2 unfinished runs")
      let new = try await make(broker.restarted(), Batches(journal: journal) {})
      for run in try await new.submit(contentsOf: 1...2, id: { "\($0)" }) { try await run.completion() }
      try await new.close()
      #expect(journal.lines == ["[1, 2]", "[1, 2]"])
    }
  }

  private struct Batches: BatchHandler {
    let journal: Journal
    let wait: @Sendable () async throws -> Void

    func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
      journal.write("\(inputs)")
      try await wait()
      return inputs.map { .success($0) }
    }
  }

  /// It is told, and does not listen: its process's end is a crash to the next one.
  @Test func whoeverDoesNotListenHasCrashed() async throws {
    try await Simulation(seed: 5, faults: .none).run { world in
      let (wall, journal) = (Wall(), Journal())
      let broker = world.broker(handsOver: true)
      let old = try await process(broker) { number, _ in
        journal.write("begins")
        await wall.stand()
        return number
      }
      _ = try await old.submit(1, id: "one")
      try await journal.wait(for: "begins")
      try await closesLate(old, "\"work\" has 0 waiting and 1 running")
      #expect(world.clock.now.offset == .seconds(10))
      let new = try await process(broker.restarted()) { number, context in
        journal.write("\(context.delivery.crashes) crash")
        return number
      }
      try await new.submit(1, id: "one").completion()
      wall.tearDown()
      try await new.close()
      #expect(journal.lines == ["begins", "1 crash"])
    }
  }
}
