import Tadween
import Testing

/// Mistakes in stages, each named by `build()` with its remedy.
@Suite(.timeLimit(.minutes(1))) struct StageMistakeTests {
  @Test func aWorkflowWithoutStagesIsRefused() async throws {
    let (issues, text) = try await mistakes { _ in }
    #expect(issues == [.emptyWorkflow])
    #expect(text.contains("no stage") && text.contains("addStage"))
  }

  @Test func twoStagesOfOneNameAreRefusedOnce() async throws {
    let (issues, text) = try await mistakes { workflow in
      for _ in 0..<3 { _ = try workflow.pass("asr", Int.self) }
    }
    #expect(issues == [.duplicateStage("asr")])
    #expect(text.contains("\"asr\"") && text.contains("rename"))
  }

  @Test func aStageWithoutANameIsRefused() async throws {
    let (issues, text) = try await mistakes { workflow in _ = try workflow.pass("", Int.self) }
    #expect(issues == [.emptyStageName])
    #expect(text.contains("empty name"))
  }

  @Test(arguments: [0, -1]) func aQueueBoundBelowOneIsRefused(_ bound: Int) async throws {
    let (issues, text) = try await mistakes { workflow in
      _ = try workflow.pass("asr", Int.self, options: .init(queueBound: bound))
    }
    #expect(issues == [.invalidBound("asr", bound: bound)])
    #expect(text.contains("\"asr\"") && text.contains("\(bound)") && text.contains("at least 1"))
  }

  @Test func retriesThatMakeNoSenseAreRefused() async throws {
    let wrong: [(RetryPolicy, words: String)] = [
      (.fixed(.zero, maxAttempts: 0), "0 attempts"), (.fixed(.seconds(-1), maxAttempts: 2), "-1.0 seconds"),
      (.exponential(maxAttempts: 2, base: .zero), "base"), (.exponential(maxAttempts: 2, cap: .milliseconds(1)), "cap"),
    ]
    for (retry, words) in wrong {
      let (issues, text) = try await mistakes { workflow in
        try workflow.pass("asr", Int.self, options: .init(retry: retry))
      }
      #expect(issues.count == 1 && text.contains("\"retry\" of stage \"asr\"") && text.contains(words))
    }
    let (issues, _) = try await mistakes { workflow in
      let right: [RetryPolicy] = [
        .none, .fixed(.zero, maxAttempts: 1), .exponential(maxAttempts: 2), .custom { _ in .fail },
      ]
      for (number, retry) in right.enumerated() {
        try workflow.pass("\(number)", Int.self, options: .init(retry: retry))
      }
      try workflow.setEntryPoint("0")
    }
    #expect(issues == [])
  }

  @Test func aTimeoutOfNothingIsRefused() async throws {
    for timeout in [Duration.zero, .seconds(-1)] {
      let (issues, text) = try await mistakes { workflow in
        try workflow.pass("asr", Int.self, options: .init(timeout: timeout))
      }
      #expect(issues.count == 1 && text.contains("\"timeout\" of stage \"asr\"") && text.contains("\(timeout)"))
    }
  }

  @Test func namesWithQuotesNewlinesAndEmojiAreAllRight() async throws {
    let names = ["\"quoted\"", "two\nlines", "[brackets]", "🎧", String(repeating: "n", count: 200), " "]
    try await withWorkflow { workflow in
      let stages = try names.map { try workflow.pass($0, Int.self) }
      for (source, target) in zip(stages, stages.dropFirst()) { try workflow.link(source, to: target) }
      return stages
    } use: { workflow, stages in
      let output = try await workflow.submit(7).output(of: stages[5])
      #expect(output == 7)
    }
  }
}
