import Tadween
import Testing

/// What a failure does to the rest of its run.
@Suite(.timeLimit(.minutes(1))) struct FailureModeTests {
  private func fork(_ kind: BrokerKind, _ mode: Workflow.FailureMode, _ journal: Journal) async throws -> TadweenError {
    let gate = Gate()
    var error: TadweenError?
    try await withWorkflow(kind, onFailure: mode) { workflow in
      let root = try workflow.pass("root", Int.self)
      let bad = try workflow.addStage("bad") { (_: Int) -> Int in
        await gate.arrivals(1)
        throw Trouble("broken")
      }
      let good = try workflow.addStage("good") { (n: Int) in
        if mode == .cancelRun { try await gate.pass() } else { gate.arrive() }
        return n
      }
      let after = try workflow.addStage("after") { (_: Int) in journal.write("after") }
      try workflow.link(root, to: bad)
      try workflow.link(root, to: good)
      try workflow.link(good, to: after)
    } use: { workflow, _ in
      let run = try await workflow.submit(1)
      error = try await tadweenError { try await run.completion() }
    }
    return try #require(error)
  }

  @Test(arguments: BrokerKind.allCases) func otherBranchesGoOnByDefault(_ kind: BrokerKind) async throws {
    let journal = Journal()
    let error = try await fork(kind, .finishRun, journal)
    #expect(error.code == .handlerFailed && error.stage == "bad")
    #expect(journal.lines == ["after"])
  }

  @Test(arguments: BrokerKind.allCases) func theRunIsCancelledAndHasFailedWhereTheWorkflowSaysSo(
    _ kind: BrokerKind
  ) async throws {
    let journal = Journal()
    let error = try await fork(kind, .cancelRun, journal)
    #expect(error.code == .handlerFailed && error.stage == "bad" && error.failures.count == 1)
    #expect(journal.lines.isEmpty)
  }

  @Test func aFailureThatIsTakenCancelsTheRunAllTheSame() async throws {
    try await withWorkflow(onFailure: .cancelRun) { workflow in
      let bad = try workflow.addStage("bad") { (_: Int) -> Int in throw Trouble("broken") }
      let alert = try workflow.addStage("alert", options: .init(runsWhenCancelled: true)) { (f: Failure) in f.stage }
      try workflow.link(failureOf: bad, to: alert)
      return alert
    } use: { workflow, alert in
      let run = try await workflow.submit(1)
      let error = try await tadweenError { try await run.completion() }
      #expect(error.code == .handlerFailed && error.stage == "bad")
      #expect(try await run.output(of: alert) == "bad")
    }
  }
}
