import Logging
import TadweenTesting
import Testing

@testable import Tadween

/// A broker that throws for a while costs time, and no work.
@Suite(.timeLimit(.minutes(1))) struct BrokerTroubleTests {
  @Test func aReceiveThatThrowsIsRepeated() async throws {
    let broker = FlakyBroker(.inMemory(roundTrip: true), failing: [.receive: 4])
    try await onFlaky(broker) { workflow, stage, clock, log, _ in
      let run = try await workflow.submit(20, to: stage)
      // Longer each time, and by the workflow's clock: nothing moves until it does.
      try await pass([10, 20, 40, 80], on: clock, log)
      #expect(try await run.output(of: stage) == 21)
      let errors = log.entries.filter { $0.message == "the broker gave no messages and will be asked again" }
      #expect(errors.count == 4)
      #expect(
        errors.allSatisfy {
          $0.level == .error && $0.metadata["tadween.stage"] == "a"
            && $0.metadata["tadween.error"] == "the disk is full"
        })
    }
  }

  /// The pause does not grow for ever, and close does not wait for it.
  @Test func aStopEndsTheWaitForABrokerThatIsDown() async throws {
    let broker = FlakyBroker(.inMemory(roundTrip: true), failing: [.receive: .max])
    try await onFlaky(broker) { _, _, clock, log, _ in
      try await pass([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000], on: clock, log)
    }
  }

  @Test(arguments: BrokerKind.allCases) func aCommitThatThrowsIsRepeatedWithoutItsHandler(_ kind: BrokerKind)
    async throws
  {
    let broker = FlakyBroker(kind.make(), failing: [.commit: 3])
    try await onFlaky(broker) { workflow, stage, clock, log, journal in
      let run = try await workflow.submit(20, to: stage)
      try await pass([10, 20, 40], on: clock, log)
      #expect(try await run.output(of: stage) == 21)
      #expect(journal.lines == ["a 20"])
    }
  }

  @Test(arguments: BrokerKind.allCases) func aSubmitThatThrowsIsNotCounted(_ kind: BrokerKind) async throws {
    let broker = FlakyBroker(kind.make(), failing: [.submit: 2])
    try await onFlaky(broker) { workflow, stage, _, _, journal in
      await #expect(throws: Trouble.self) { _ = try await workflow.submit(1, to: stage, id: "mine") }
      await #expect(throws: Trouble.self) { _ = try await workflow.submit(contentsOf: [1, 2, 3]) }
      let engine = try workflow.engine
      #expect(engine.intake.count == 0)
      try await workflow.waitUntilIdle()
      #expect(try await workflow.submit(20, to: stage, id: "mine").output(of: stage) == 21)
      #expect(journal.lines == ["a 20"])
    }
  }

  /// One stage on this broker, which closes in time whatever happens.
  private func onFlaky(
    _ broker: FlakyBroker,
    use: (Workflow, StageReference<Int, Int>, TestClock, Recorder.Log, Journal) async throws -> Void
  ) async throws {
    let (clock, log, journal) = (TestClock(), Recorder.Log(), Journal())
    let workflow = Workflow(name: "flaky", broker: broker, clock: clock, logger: .recording(log))
    let stage = try workflow.addStage("a") { (n: Int) in
      journal.write("a \(n)")
      return n + 1
    }
    try await workflow.build()
    do {
      try await use(workflow, stage, clock, log, journal)
    } catch {
      try? await workflow.close(timeout: .zero)
      throw error
    }
    try await workflow.close()
  }

  /// Waits for each pause of these milliseconds, and lets it pass.
  private func pass(_ pauses: [Int], on clock: TestClock, _ log: Recorder.Log) async throws {
    for (position, pause) in pauses.enumerated() {
      try await clock.waitForSleepers(1)
      #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(pause)))
      let told = log.entries.compactMap { $0.metadata["tadween.pause"] }
      #expect(told.count == position + 1 && told.last == "\(Duration.milliseconds(pause))")
      clock.advance(by: .milliseconds(pause))
    }
  }
}
