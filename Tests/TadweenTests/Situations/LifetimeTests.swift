import Tadween
import TadweenTesting
import Testing

/// When its lifetime is over, a workflow is closed and its waiters are told.
@Suite(.timeLimit(.minutes(1))) struct LifetimeTests {
  @Test(arguments: BrokerKind.allCases) func whenItIsOverWaitersAreTold(_ kind: BrokerKind) async throws {
    let gate = Gate()
    let journal = Journal()
    let clock = TestClock()
    let workflow = Workflow(name: "brief", broker: kind.make(), lifetime: .seconds(60), clock: clock)
    let first = try workflow.addStage("first", WarmUpTests.Witness(name: "first", journal: journal))
    let second = try workflow.addStage("second") { (_: Int) in try await gate.pass() }
    try workflow.link(first, to: second)
    try await workflow.build()
    let runs = try await workflow.submit(contentsOf: [1, 2])
    await gate.arrivals(1)
    let idle = Task { try await workflow.waitUntilIdle() }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60))
    for run in runs {
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .brokerClosed && error.message.contains("lifetime of 60.0 seconds is over"))
    }
    // With two runs left, nothing is idle, nor will it be.
    let waited = try await tadweenError { try await idle.value }
    #expect(waited.code == .brokerClosed)
    await eventually { gate.isCancelled }
    let late = try await tadweenError { _ = try await workflow.submit(3) }
    #expect(late.code == .brokerClosed && late.message.contains("lifetime"))
    try await journal.wait(for: "first shuts down")
    try await workflow.close()
  }

  @Test func aWorkflowThatIsClosedBeforeDoesNotWaitForIt() async throws {
    let clock = TestClock()
    let workflow = Workflow(name: "brief", lifetime: .seconds(60), clock: clock)
    let stage = try workflow.pass("a", Int.self)
    try await workflow.build()
    #expect(try await workflow.submit(1).output(of: stage) == 1)
    try await workflow.close()
    #expect(clock.sleepers == 0)
  }

  /// How some people write "for ever".
  @Test func durationsWithoutABoundAreNoMatter() async throws {
    let forever = Duration.seconds(Int64.max)
    let workflow = Workflow(name: "eternal", lifetime: forever)
    let a = try workflow.pass("a", Int.self, options: .init(timeout: forever))
    try await workflow.build()
    #expect(try await workflow.submit(1).output(of: a) == 1)
    try await workflow.waitUntilIdle(timeout: forever)
    try await workflow.close(timeout: forever)
  }
}
