import Foundation
import TadweenTesting
import Testing

@testable import Tadween

/// A whole workflow as one value.
@Suite(.timeLimit(.minutes(1))) struct SnapshotTests {
  @Test(arguments: BrokerKind.allCases) func aSnapshotTellsWhatWaitsAndRunsAndForHowLong(
    _ kind: BrokerKind
  ) async throws {
    let clock = TestClock()
    let gate = Gate()
    try await withWorkflow(kind, clock: clock) { workflow in
      let a = try workflow.pass("a", Int.self)
      let b = try workflow.addStage("b", options: .init(queueBound: 2)) { (n: Int) in
        try await gate.pass()
        return n
      }
      try workflow.link(a, to: b)
      return a
    } use: { workflow, a in
      clock.advance(by: .seconds(1))
      let runs = try await workflow.submit(contentsOf: 0..<6, to: a)
      await gate.arrivals(1)
      await eventually { (try? workflow.snapshot().stages[1].waitingPublishers) == 1 }
      clock.advance(by: .seconds(9))
      let snapshot = try workflow.snapshot()
      #expect(snapshot.workflow == "test" && snapshot.time == .seconds(10))
      #expect(snapshot.unfinishedRuns == 6 && snapshot.completedRuns == 0)
      let b = snapshot.stages[1]
      #expect(b.name == "b" && !b.isMapped && b.workers == 1 && b.bound == 2)
      #expect(b.waiting == 2 && b.running == 1 && b.delayed == 0)
      #expect(b.received == 3 && b.ended == 0)
      #expect(b.oldestWaitingSince == .seconds(1))
      #expect(snapshot.stages[0].succeeded == 3 && snapshot.stages[0].received == 6)
      gate.open()
      for run in runs { try await run.completion() }
      // Counted before the completion is told: nobody has to wait for it.
      let end = try workflow.snapshot()
      #expect(end.stages.map(\.succeeded) == [6, 6] && end.stages.map(\.waiting) == [0, 0])
      #expect(end.unfinishedRuns == 0 && end.completedRuns == 6 && end.failedRuns == 0)
      #expect(end.stages[1].oldestWaitingSince == nil)
    }
  }

  @Test func retriesAndFailuresAreCountedAndADelayIsSeen() async throws {
    let clock = TestClock()
    let workflow = Workflow(name: "test", clock: clock, logger: .silent)
    let a = try workflow.addStage("a", options: .init(retry: .fixed(.seconds(60), maxAttempts: 2))) {
      (n: Int) -> Int in throw Trouble("never")
    }
    try await workflow.build()
    let run = try await workflow.submit(1, to: a)
    try await clock.waitForSleepers(1)
    let waiting = try workflow.snapshot().stages[0]
    #expect(waiting.waiting == 1 && waiting.delayed == 1 && waiting.oldestWaitingSince == nil)
    #expect(waiting.retried == 1 && waiting.received == 1)
    clock.advance(by: .seconds(60))
    _ = try await run.end()
    let end = try workflow.snapshot()
    #expect(end.stages[0].failed == 1 && end.stages[0].received == 1 && end.stages[0].delayed == 0)
    #expect(end.completedRuns == 1 && end.failedRuns == 1)
    try await workflow.close()
  }

  @Test func anEndThatTheBrokerRefusesIsNotCounted() async throws {
    let gate = Gate()
    try await withWorkflow { workflow in
      try workflow.addStage("a") { (n: Int) in
        try await gate.pass()
        return n
      }
    } use: { workflow, a in
      let run = try await workflow.submit(1, to: a)
      await gate.arrivals(1)
      let engine = try workflow.engine
      let stage = engine.stages[0]
      let delivery = try #require(stage.slots[0].hand.withLock { $0.current })
      let older = Delivery(
        run: delivery.run, key: DeliveryKey(activation: delivery.key.activation, number: 99), link: nil,
        input: delivery.input, ticket: delivery.ticket)
      let result = await engine.commit([Transition(of: older, .succeeded(Success(Payload(1))))], of: stage)
      #expect(result?.stale == [0])
      #expect(try workflow.snapshot().stages[0].succeeded == 0)
      gate.open()
      try await run.completion()
      #expect(try workflow.snapshot().stages[0].succeeded == 1)
    }
  }

  @Test func aSnapshotCanBeStoredAndReadAgain() throws {
    let snapshot = WorkflowSnapshot(
      workflow: "audio", time: .milliseconds(1_500),
      stages: [.init(name: "decode", waiting: 3, bound: 4, oldestWaitingSince: .seconds(1), received: 9, succeeded: 5)],
      unfinishedRuns: 2, completedRuns: 7, failedRuns: 1)
    let data = try JSONEncoder().encode(snapshot)
    #expect(try JSONDecoder().decode(WorkflowSnapshot.self, from: data) == snapshot)
  }

  @Test func aSnapshotBeforeTheBuildIsRefused() async throws {
    let workflow = Workflow(name: "early")
    try workflow.pass("a", Int.self)
    let error = try await tadweenError { _ = try workflow.snapshot() }
    #expect(error.code == .wrongPhase)
  }
}
