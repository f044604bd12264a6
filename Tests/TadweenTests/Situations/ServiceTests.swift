import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import TadweenTesting
import Testing

@testable import Tadween

/// As a service: builds, works until graceful shutdown, drains, closes.
@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
  @Test(arguments: BrokerKind.allCases) func gracefulShutdownDrains(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    let workflow = Workflow(name: "service", broker: kind.make())
    let a = try workflow.addStage("a", WarmUpTests.Witness(name: "a", journal: journal))
    let b = try workflow.addStage("b") { (n: Int) in
      try await gate.pass()
      return n
    }
    try workflow.link(a, to: b)
    try await testGracefulShutdown { trigger in
      async let serving: Void = workflow.run()
      try await journal.wait(for: "a warms up")
      // A second build waits for the first.
      try await workflow.build()
      let runs = try await workflow.submit(contentsOf: [1, 2, 3])
      await gate.arrivals(1)
      let engine = try workflow.engine
      trigger.triggerGracefulShutdown()
      await eventually { !engine.intake.admit(0) }
      gate.open()
      try await serving
      for (n, run) in runs.enumerated() {
        let output = try await run.output(of: b)
        #expect(output == n + 1)
      }
    }
    #expect(journal.lines.last == "a shuts down")
    let late = try await tadweenError { _ = try await workflow.submit(4) }
    #expect(late.code == .brokerClosed)
  }

  @Test func aServiceGroupRunsIt() async throws {
    let journal = Journal()
    let workflow = Workflow(name: "service")
    try workflow.addStage("a", WarmUpTests.Witness(name: "a", journal: journal))
    let group = ServiceGroup(services: [workflow], logger: .recording(Recorder.Log()))
    async let serving: Void = group.run()
    try await journal.wait(for: "a warms up")
    try await workflow.build()
    try await workflow.submit(1).completion()
    await group.triggerGracefulShutdown()
    try await serving
    #expect(journal.lines == ["a warms up", "a runs", "a shuts down"])
  }

  @Test func aServiceThatIsCancelledEndsAtOnce() async throws {
    let gate = Gate()
    let workflow = Workflow(name: "service")
    try workflow.addStage("a") { (_: Int) in try await gate.pass() }
    try await workflow.build()
    let serving = Task { try await workflow.run() }
    let run = try await workflow.submit(1)
    await gate.arrivals(1)
    serving.cancel()
    await #expect(throws: CancellationError.self) { try await serving.value }
    let told = try await tadweenError { try await run.completion() }
    #expect(told.code == .brokerClosed)
  }

  @Test func aServiceWhoseGraphIsWrongSaysSo() async throws {
    let workflow = Workflow(name: "service")
    let error = try await tadweenError { try await workflow.run() }
    #expect(error.code == .invalidGraph)
  }

  @Test func aServiceWhoseWorkflowWasClosedReturns() async throws {
    let clock = TestClock()
    let workflow = Workflow(name: "mortal", lifetime: .seconds(60), clock: clock)
    try workflow.pass("a", Int.self)
    async let serving: Void = workflow.run()
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    try await serving
  }
}
