import Tadween
import Testing

/// Traps in what surrounds a handler.
@Suite(.timeLimit(.minutes(1))) struct HookTrapTests {
  /// Runs one message through a stage with these hooks. Both the input and what the handler makes of it are numbers.
  private func hooks(
    _ change: (inout Hooks<Int>) -> Void = { _ in }, handler: @escaping @Sendable (Int) throws -> Int = { $0 }
  ) async throws -> (lines: [String], outcome: RunEnd.Outcome) {
    let journal = Journal()
    var hooks = Hooks<Int>(journal: journal)
    change(&hooks)
    var outcome: RunEnd.Outcome?
    try await withWorkflow { workflow in
      try workflow.addStage("stage", policy: hooks) { (n: Int) in
        journal.write("handler")
        return try handler(n)
      }
    } use: { workflow, _ in
      outcome = try await workflow.submit(1).end().outcome
    }
    return (journal.lines, try #require(outcome))
  }

  @Test("trap 13: every hook of a message that succeeds fires once, in order")
  func success() async throws {
    let (lines, outcome) = try await hooks()
    #expect(
      lines == ["intercept", "onQueued", "resolveInput", "onRunning", "handler", "onDone", "onSuccess", "afterCommit"])
    #expect(outcome == .succeeded)
  }

  @Test("trap 13: every hook of a message that fails fires once, in order")
  func failure() async throws {
    let (lines, _) = try await hooks(handler: { _ in throw Trouble("broken") })
    #expect(
      lines == ["intercept", "onQueued", "resolveInput", "onRunning", "handler", "onDone", "onError", "afterCommit"])
  }

  @Test("trap 13: a skipped message fires the hooks that its interception names, and no other")
  func skipped() async throws {
    let all = try await hooks { $0.interception = { _ in .skip(with: 2, reason: "known", hooks: .all) } }
    #expect(all.lines == ["intercept", "onQueued", "onDone", "onSuccess", "afterCommit"])
    let none = try await hooks { $0.interception = { _ in .skip(with: 2, reason: "known") } }
    #expect(none.lines == ["intercept", "afterCommit"])
  }

  @Test("trap 13: a hook that throws keeps those after it from firing, and its failure is told")
  func throwing() async throws {
    let (lines, outcome) = try await hooks { $0.running = { _ in throw Trouble("no") } }
    #expect(lines == ["intercept", "onQueued", "resolveInput", "onRunning", "onError", "afterCommit"])
    guard case .failed(let failures) = outcome else { throw Trouble("\(outcome)") }
    #expect(failures.map(\.kind) == [.policy])
  }

  /// One worker: if it were gone, nobody would serve the second message.
  @Test("trap 16: an error hook that throws does not take its stage down", arguments: BrokerKind.allCases)
  func errorHookThrows(_ kind: BrokerKind) async throws {
    let policy = StagePolicyBuilder<Int, Int>()
      .onDone { _, _ in throw Trouble("no end") }
      .onError { _, _, _ in throw Trouble("no word") }
    try await withWorkflow(kind) { workflow in
      try workflow.addStage("stage", policy: policy) { (n: Int) -> Int in throw Trouble("broken \(n)") }
    } use: { workflow, _ in
      for n in 1...3 {
        let error = try await tadweenError { try await workflow.submit(n).completion() }
        #expect(error.code == .handlerFailed)
        #expect(
          error.failures.first?.messages == ["broken \(n)", "onDone threw: no end", "onError threw: no word"])
      }
    }
  }
}
