import TadweenTesting
import Testing

@testable import Tadween

/// Rule R10: where a hook is what failed, the handler's result is kept and only the hook runs again.
@Suite("R10: a hook that is retried", .timeLimit(.minutes(1))) struct HookRetryTests {
  private static let retry = RetryPolicy.fixed(.zero, maxAttempts: 3).onlyFor([.policy])

  private func policy(_ journal: Journal, failing hook: String) -> StagePolicyBuilder<Int, Int> {
    let fail = { @Sendable (name: String, attempt: Int) throws in
      journal.write("\(name) \(attempt)")
      if name == hook, attempt < 3 { throw Trouble("not yet") }
    }
    return StagePolicyBuilder<Int, Int>()
      .intercept { _, context in
        journal.write("intercept \(context.attempt)")
        return .process
      }
      .onRunning { _, context in try fail("onRunning", context.attempt) }
      .onDone { _, context in try fail("onDone", context.attempt) }
      .onSuccess { n, _, context in try fail("onSuccess of \(n)", context.attempt) }
  }

  @Test("the handler runs once, and so does a hook that was content", arguments: BrokerKind.allCases, [true, false])
  func handlerRunsOnce(_ kind: BrokerKind, hasGates: Bool) async throws {
    for (hook, lines) in [
      ("onDone", ["onDone 1", "onDone 2", "onDone 3", "onSuccess of 8 3"]),
      ("onSuccess of 8", ["onDone 1", "onSuccess of 8 1", "onSuccess of 8 2", "onSuccess of 8 3"]),
    ] {
      let journal = Journal()
      let workflow = Workflow(name: "test", broker: kind.make(), resources: ["cuda": 1])
      let options = StageOptions(demands: hasGates ? ["cuda": 1] : .none, retry: Self.retry)
      let a = try workflow.addStage("a", policy: policy(journal, failing: hook), options: options) { (n: Int) in
        journal.write("handler")
        return n + 1
      }
      try await workflow.build()
      #expect(try await workflow.submit(7).output(of: a) == 8)
      #expect(journal.lines == ["intercept 1", "onRunning 1", "handler"] + lines)
      try await workflow.close()
    }
  }

  @Test("a hook before the handler has all of it run again") func before() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      return try workflow.addStage(
        "a", policy: policy(journal, failing: "onRunning"), options: .init(retry: Self.retry)
      ) {
        (n: Int) in
        journal.write("handler")
        return n
      }
    } use: { workflow, a in
      let output = try await workflow.submit(7).output(of: a)
      #expect(output == 7)
    }
    #expect(
      journal.lines.filter { $0.hasPrefix("intercept") || $0 == "handler" }
        == ["intercept 1", "intercept 2", "intercept 3", "handler"])
  }

  @Test("of a batch, only the member whose hook failed is called again, and only its hook") func batch() async throws {
    let journal = Journal()
    try await withWorkflow { workflow in
      let policy = StagePolicyBuilder<Int, Int>().onSuccess { n, _, context in
        journal.write("\(n) \(context.attempt)")
        if n == 1, context.attempt == 1 { throw Trouble("not yet") }
      }
      return try workflow.addStage(
        "a", batch: Counting(journal), BatchWindow(upTo: 3, within: .seconds(60)), policy: policy,
        options: .init(retry: .fixed(.zero, maxAttempts: 2).onlyFor([.policy])))
    } use: { workflow, a in
      let runs = try await workflow.submit(contentsOf: 0..<3)
      for n in [0, 2] { #expect(try await runs[n].output(of: a) == n) }
      // The next batch is filled up by others.
      let more = try await workflow.submit(contentsOf: 3..<5)
      for (n, run) in zip([1, 3, 4], [runs[1]] + more) { #expect(try await run.output(of: a) == n) }
    }
    #expect(journal.lines.filter { $0.hasPrefix("[") } == ["[0, 1, 2]", "[3, 4]"])
    #expect(journal.lines.filter { $0.hasPrefix("1 ") } == ["1 1", "1 2"])
  }
}

private struct Counting: BatchHandler {
  let journal: Journal
  init(_ journal: Journal) { self.journal = journal }

  func run(_ inputs: [Int], context: BatchContext) async throws -> [Result<Int, any Error>] {
    journal.write("\(inputs)")
    return inputs.map { .success($0) }
  }
}
