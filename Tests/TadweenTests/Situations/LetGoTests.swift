import Logging
import Testing

@testable import Tadween

/// A workflow that is let go without close ends by itself, and says so.
@Suite(.timeLimit(.minutes(1))) struct LetGoTests {
  @Test(arguments: BrokerKind.allCases) func itEndsItsWorkersWarnsAndTellsItsWaiters(_ kind: BrokerKind) async throws {
    let log = Recorder.Log()
    let gate = Gate()
    let journal = Journal()
    let runs = try await {
      let workflow = Workflow(name: "forgotten", broker: kind.make(), logger: .recording(log))
      let first = try workflow.addStage("first", WarmUpTests.Witness(name: "first", journal: journal))
      let second = try workflow.addStage("second") { (_: Int) in try await gate.pass() }
      try workflow.link(first, to: second)
      try await workflow.build()
      let runs = try await workflow.submit(contentsOf: [1, 2, 3])
      await gate.arrivals(1)
      return runs
    }()
    for run in runs {
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .brokerClosed)
      #expect(error.message.contains("\"forgotten\" was let go without close"))
    }
    try await journal.wait(for: "first shuts down")
    await eventually { gate.isCancelled }
    let warnings = log.entries.filter { $0.level == .warning }
    #expect(warnings.count == 1)
    #expect(warnings.first?.message.contains("let go without close") == true)
    #expect(warnings.first?.metadata["tadween.workflow"] == "forgotten")
  }

  @Test(arguments: BrokerKind.allCases) func nothingOfItStays(_ kind: BrokerKind) async throws {
    final class Model: Sendable {}
    weak var model: Model?
    try await {
      let mine = Model()
      model = mine
      let workflow = Workflow(name: "forgotten", broker: kind.make(), logger: .recording(Recorder.Log()))
      let stage = try workflow.addStage("a", options: .init(taskQueue: .threads(2))) { (n: Int) in
        withExtendedLifetime(mine) { n }
      }
      try await workflow.build()
      let output = try await workflow.submit(1, id: "one").output(of: stage)
      #expect(output == 1)
    }()
    await eventually { model == nil }
  }

  @Test func aRunThatIsHeldDoesNotKeepTheWorkflow() async throws {
    weak var kept: Workflow?
    let run = try await {
      let workflow = Workflow(name: "forgotten", logger: .recording(Recorder.Log()))
      kept = workflow
      _ = try workflow.pass("a", Int.self)
      try await workflow.build()
      let run = try await workflow.submit(1)
      try await run.completion()
      return run
    }()
    #expect(kept == nil)
    #expect(run.outcome == .succeeded)
  }

  @Test func aWorkflowThatWasClosedDoesNotWarn() async throws {
    let log = Recorder.Log()
    try await {
      let workflow = Workflow(name: "orderly", logger: .recording(log))
      _ = try workflow.pass("a", Int.self)
      try await workflow.build()
      try await workflow.submit(1).completion()
      try await workflow.close()
    }()
    #expect(log.messages(at: .warning).isEmpty && log.messages(at: .error).isEmpty)
  }
}
