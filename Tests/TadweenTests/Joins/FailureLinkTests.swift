import Tadween
import Testing

/// Rules R2 and R9 for links that take a failure.
@Suite(.timeLimit(.minutes(1))) struct FailureLinkTests {
  /// Fails where the number is negative.
  private static let risky: @Sendable (Int) throws -> Int = { number in
    if number < 0 { throw Trouble("below zero") }
    return number
  }

  @Test("R2: a failure link takes its stage's own failure as a value", arguments: BrokerKind.allCases)
  func taken(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", Self.risky)
      let alert = try workflow.addStage("alert") { (failure: Failure) in
        "\(failure.stage): \(failure.messages.joined())"
      }
      try workflow.link(failureOf: risky, to: alert)
      return (risky, alert)
    } use: { workflow, stages in
      let (risky, alert) = stages
      let bad = try await workflow.submit(-1)
      #expect(try await bad.output(of: alert) == "risky: below zero")
      // R9: a sink's failure that its link took does not count.
      let end = try await bad.end()
      #expect(end.outcome == .succeeded && end.absorbed.map(\.stage) == ["risky"])
      let good = try await workflow.submit(1)
      #expect(try await good.output(of: risky) == 1)
      let none = try await tadweenError { _ = try await good.output(of: alert) }
      #expect(none.code == .noOutput)
    }
  }

  @Test("R2: the other links of a stage that failed die all the same", arguments: BrokerKind.allCases)
  func otherLinks(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", Self.risky)
      let next = try workflow.addStage("next") { (_: Int) in journal.write("next") }
      let alert = try workflow.addStage("alert") { (_: Failure) in journal.write("alert") }
      try workflow.link(risky, to: next)
      try workflow.link(failureOf: risky, to: alert)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(-1).completion() }
      // The sink behind it got the failure: that one counts.
      #expect(error.failures.map(\.stage) == ["risky"])
      #expect(journal.lines == ["alert"])
    }
  }

  @Test("R2: a failure that was passed on is not taken by the links of those it passed", arguments: BrokerKind.allCases)
  func passedOn(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", Self.risky)
      let next = try workflow.pass("next", Int.self)
      let alert = try workflow.addStage("alert") { (_: Failure) in journal.write("alert") }
      try workflow.link(risky, to: next)
      try workflow.link(failureOf: next, to: alert)
    } use: { workflow, _ in
      let error = try await tadweenError { try await workflow.submit(-1).completion() }
      #expect(error.failures.map(\.stage) == ["risky"])
      #expect(journal.lines.isEmpty)
    }
  }

  @Test("R9: a failure in the stage that handles failures surfaces", arguments: BrokerKind.allCases)
  func handlerOfFailures(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", Self.risky)
      let alert = try workflow.addStage("alert") { (_: Failure) in throw Trouble("nobody answers") }
      try workflow.link(failureOf: risky, to: alert)
    } use: { workflow, _ in
      let end = try await workflow.submit(-1).end()
      guard case .failed(let failures) = end.outcome else { throw Trouble("\(end.outcome)") }
      #expect(failures.map(\.stage) == ["alert"])
      #expect(end.absorbed.map(\.stage) == ["risky"])
    }
  }

  @Test("R4: a stage's value or its rescue, whichever there is", arguments: BrokerKind.allCases)
  func rescue(_ kind: BrokerKind) async throws {
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", Self.risky)
      let rescue = try workflow.addStage("rescue") { (_: Failure) in 0 }
      let end = try workflow.pass("end", Int.self)
      try workflow.link(failureOf: risky, to: rescue)
      try workflow.join(risky, rescue, into: end, .anySucceeded) { $0 }
      return end
    } use: { workflow, end in
      for (number, expected) in [(7, 7), (-7, 0)] {
        let run = try await workflow.submit(number)
        #expect(try await run.output(of: end) == expected)
      }
    }
  }

  @Test("R2: a branch that its policy cancelled has not failed", arguments: BrokerKind.allCases)
  func cancelledBranch(_ kind: BrokerKind) async throws {
    let journal = Journal()
    let policy = StagePolicyBuilder<Int, Int>().intercept { _, _ in .cancel(reason: "not today") }
    try await withWorkflow(kind) { workflow in
      let risky = try workflow.addStage("risky", policy: policy, Self.risky)
      let next = try workflow.addStage("next") { (_: Int) in journal.write("next") }
      let alert = try workflow.addStage("alert") { (_: Failure) in journal.write("alert") }
      try workflow.link(risky, to: next)
      try workflow.link(failureOf: risky, to: alert)
    } use: { workflow, _ in
      let end = try await workflow.submit(-1).end()
      #expect(end.outcome == .succeeded && end.absorbed.isEmpty && journal.lines.isEmpty)
    }
  }
}
