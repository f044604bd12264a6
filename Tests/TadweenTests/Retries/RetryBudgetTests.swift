import Testing

@testable import Tadween

/// Rule R10: no more of a stage's attempts are retries than its budget allows.
@Suite("R10: retry budget", .timeLimit(.minutes(1))) struct RetryBudgetTests {
  @Test(
    "where every attempt fails, retries are what the budget began with and a share of the first attempts",
    arguments: BrokerKind.allCases)
  func share(_ kind: BrokerKind) async throws {
    let journal = Journal()
    try await withWorkflow(kind) { workflow in
      let retry = RetryPolicy.fixed(.zero, maxAttempts: 100).within(RetryBudget(share: 0.2, reserve: 3))
      try workflow.addStage("a", options: .init(retry: retry)) { (_: Int, context: HandlerContext) in
        journal.write("\(context.attempt == 1 ? "first" : "again")")
        throw Trouble("no")
      }
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: 0..<50) {
        guard case .failed = try await run.end().outcome else { return #expect(Bool(false)) }
      }
    }
    #expect(journal.count(of: "first") == 50 && journal.count(of: "again") == 13)
  }

  @Test("what is saved up has a limit, and a stage's budget is its own")
  func saved() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      let retry = RetryPolicy.fixed(.zero, maxAttempts: 100).within(RetryBudget(share: 1, reserve: 0, greatest: 2))
      for name in ["a", "b"] {
        try workflow.addStage(name, options: .init(retry: retry)) { (n: Int) in
          journal.write("\(name)\(n)")
          if n == 1 { throw Trouble("no") }
        }
      }
    } use: { workflow, _ in
      for run in try await workflow.submit(contentsOf: Array(repeating: 0, count: 9), to: "a") {
        _ = try await run.end()
      }
      for stage in ["a", "b"] { _ = try await workflow.submit(1, to: stage).end() }
    }
    #expect(journal.count(of: "a1") == 3 && journal.count(of: "b1") == 2)
  }

  @Test("budgets that make no sense are refused by the build") func mistakes() async throws {
    let (issues, text) = try await TadweenTests.mistakes { workflow in
      for (name, budget) in [
        ("a", RetryBudget(share: -1)), ("b", RetryBudget(share: 1, reserve: -1)),
        ("c", RetryBudget(share: 1, reserve: 5, greatest: 4)), ("d", RetryBudget(share: .nan)),
      ] {
        let retry = RetryPolicy.fixed(.zero, maxAttempts: 2).within(budget)
        try workflow.addStage(name, options: .init(retry: retry)) { (n: Int) in n }
      }
    }
    #expect(issues.count == 4 && text.contains("budget"))
  }
}
